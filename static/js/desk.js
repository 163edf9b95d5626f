// Everything a page of the desk does in the browser. Each module finds its own markup and does nothing without it.
import "./drafts.js";
import "./search.js";
import "./shortcuts.js";
import "./type-ahead.js";
import "./fields.js";
import "./limits.js";
import "./menu.js";
import { onLoad } from "./page.js";

document.documentElement.classList.add("js-enabled");
// A refused page says first what is wrong: its summary has the focus, and the next Tab is the first link in it. Last of
// all, after the type-ahead has put the cursor where the page asks for it.
onLoad((part) => part.querySelector("[data-error-summary]")?.focus());
