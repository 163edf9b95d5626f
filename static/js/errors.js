// A refused page says first what is wrong: its summary has the focus, and the next Tab is the first link in it.
// Last of all modules, after the type-ahead has put the cursor where the page asks for it.
import { onLoad } from "./page.js";

onLoad((part) => part.querySelector("[data-error-summary]")?.focus());
