# What R's metafor makes of its own example data, as JSON: the numbers that nervelight.evidence is held against.
#
#   python validation/metafor_pins.py
#
# Needs Debian's r-cran-metafor (which brings the data of metadat). Convergence is tightened, because metafor stops REML
# at 1e-5 by default, which is coarser than what is compared here.
suppressPackageStartupMessages(library(metafor))
tight <- list(threshold = 1e-10, maxiter = 100000, tol = 1e-12)

json <- function(x) {
  if (is.list(x)) {
    body <- mapply(function(name, value) paste0("\"", name, "\": ", json(value)), names(x), x)
    return(paste0("{", paste(body, collapse = ",\n "), "}"))
  }
  if (is.character(x)) x <- paste0("\"", x, "\"") else x <- ifelse(is.na(x), "null", sprintf("%.15g", x))
  if (length(x) == 1) x else paste0("[", paste(x, collapse = ", "), "]")
}

fit <- function(yi, vi, method, mods = NULL) {
  call <- function(test) {
    if (is.null(mods)) rma(yi, vi, method = method, test = test, control = tight)
    else rma(yi, vi, mods = mods, method = method, test = test, control = tight)
  }
  z <- call("z"); t <- call("knha")
  out <- list(b = as.numeric(t$b), se_z = z$se, se = t$se, ci_z_low = z$ci.lb, ci_z_high = z$ci.ub, ci_low = t$ci.lb,
              ci_high = t$ci.ub, p_z = z$pval, p = t$pval, tau2 = t$tau2, i2 = t$I2, q = t$QE, q_p = t$QEp)
  if (is.null(mods)) {
    pz <- predict(z); pt <- predict(t)
    out <- c(out, list(pi_z_low = pz$pi.lb, pi_z_high = pz$pi.ub, pi_low = pt$pi.lb, pi_high = pt$pi.ub))
  } else out <- c(out, list(r2 = if (is.null(t$R2)) NA else t$R2, qm = t$QM, qm_p = t$QMp))
  out
}

one_set <- function(yi, vi, call) {
  yi <- as.numeric(yi); vi <- as.numeric(vi)
  out <- list(call = call, yi = yi, vi = vi)
  for (m in c("REML", "PM", "DL")) out[[m]] <- fit(yi, vi, m)
  r <- rma(yi, vi, method = "REML", test = "knha", control = tight)
  l <- leave1out(r)
  out$leave_one_out <- list(estimate = l$estimate, se = l$se, tau2 = l$tau2, i2 = l$I2)
  e <- regtest(r, model = "lm", predictor = "sei")
  out$egger <- list(t = e$zval, df = e$dfs, p = e$pval, intercept = e$est)
  z <- rma(yi, vi, method = "REML", control = tight)
  f <- trimfill(z, estimator = "L0")
  out$trim_and_fill <- list(k0 = f$k0, side = f$side, estimate = as.numeric(f$b), se = f$se, tau2 = f$tau2)
  out
}

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
normand_smd <- escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999)
normand_md <- escalc(measure = "MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.normand1999)
zeros <- escalc(measure = "RR", ai = c(0, 3, 12), n1i = c(20, 25, 60), ci = c(4, 0, 15), n2i = c(22, 24, 61))

out <- list(
  made_by = paste0("metafor ", packageVersion("metafor"), ", ", R.version.string),
  call = "python validation/metafor_pins.py",
  effects = list(
    risk_ratio = list(call = "escalc(measure='RR', data=dat.bcg)", a = dat.bcg$tpos, n1 = dat.bcg$tpos + dat.bcg$tneg,
                      c = dat.bcg$cpos, n2 = dat.bcg$cpos + dat.bcg$cneg, yi = as.numeric(bcg$yi), vi = bcg$vi),
    risk_ratio_zero = list(call = "escalc(measure='RR', ai=c(0,3,12), n1i=c(20,25,60), ci=c(4,0,15), n2i=c(22,24,61))",
                           a = c(0, 3, 12), n1 = c(20, 25, 60), c = c(4, 0, 15), n2 = c(22, 24, 61),
                           yi = as.numeric(zeros$yi), vi = zeros$vi),
    standardised = list(call = "escalc(measure='SMD', data=dat.normand1999)", m1 = dat.normand1999$m1i, sd1 = dat.normand1999$sd1i,
                        n1 = dat.normand1999$n1i, m2 = dat.normand1999$m2i, sd2 = dat.normand1999$sd2i, n2 = dat.normand1999$n2i,
                        yi = as.numeric(normand_smd$yi), vi = normand_smd$vi),
    mean = list(call = "escalc(measure='MD', data=dat.normand1999)", yi = as.numeric(normand_md$yi), vi = normand_md$vi)
  ),
  poolings = list(
    bcg = one_set(bcg$yi, bcg$vi, "rma(escalc(measure='RR', data=dat.bcg))"),
    normand_smd = one_set(normand_smd$yi, normand_smd$vi, "rma(escalc(measure='SMD', data=dat.normand1999))"),
    normand_md = one_set(normand_md$yi, normand_md$vi, "rma(escalc(measure='MD', data=dat.normand1999))"),
    hackshaw = one_set(dat.hackshaw1998$yi, dat.hackshaw1998$vi, "rma(yi, vi, data=dat.hackshaw1998)"),
    homogeneous = one_set(c(0.21, 0.18, 0.25, 0.2), c(0.02, 0.05, 0.04, 0.03), "rma(c(0.21,0.18,0.25,0.2), c(0.02,0.05,0.04,0.03))")
  ),
  regressions = list(
    latitude = list(call = "rma(yi, vi, mods=~ablat, data=dat.bcg)", yi = as.numeric(bcg$yi), vi = bcg$vi, x = dat.bcg$ablat,
                    REML = fit(bcg$yi, bcg$vi, "REML", cbind(dat.bcg$ablat)), PM = fit(bcg$yi, bcg$vi, "PM", cbind(dat.bcg$ablat)),
                    DL = fit(bcg$yi, bcg$vi, "DL", cbind(dat.bcg$ablat))),
    latitude_year = list(call = "rma(yi, vi, mods=~ablat+year, data=dat.bcg)", yi = as.numeric(bcg$yi), vi = bcg$vi,
                         x = dat.bcg$ablat, x2 = dat.bcg$year, REML = fit(bcg$yi, bcg$vi, "REML", cbind(dat.bcg$ablat, dat.bcg$year)))
  )
)
cat(json(out), "\n")
