// Everything a page of the desk does in the browser. Each module finds its own markup and does nothing without it.
import "./drafts.js";
import "./search.js";
import "./shortcuts.js";
import "./type-ahead.js";
import "./fields.js";
import "./limits.js";
import "./menu.js";
import "./errors.js";

document.documentElement.classList.add("js-enabled");
