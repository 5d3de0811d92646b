// Set-up proposes the time zone of this machine; whoever sets up looks at it and may choose another.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const select = document.querySelector("select[data-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select && !select.value && [...select.options].some((option) => option.value === zone)) select.value = zone;
});
