// The address of a filtered list has only the fields that were filled in.
(() => {
  "use strict";

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get" || !detail.formData) return;
    for (const name of new Set(detail.formData.keys())) {
      if (detail.formData.getAll(name).every((value) => value === "")) detail.formData.delete(name);
    }
  });
})();
