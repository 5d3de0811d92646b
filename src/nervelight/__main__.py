"""``python -m nervelight``: the command line."""

from nervelight.cli.main import main

if __name__ == "__main__":
    main()
