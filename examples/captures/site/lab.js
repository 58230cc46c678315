// Nine seconds later the server has closed every idle connection (keepalive_timeout 5 s). The browser notices when it
// next needs one: it closes the half-closed connections and opens a new one.
document.querySelector("h1").title = document.querySelectorAll("tr").length - 1 + " rows";
setTimeout(() => fetch("/after.txt"), 9000);
