/* Says in one sentence when this Node.js is too old for the client. Written so that a very old one can read it. */
var wanted = require("../package.json").engines.node.replace(/[^0-9.]/g, "");
var parts = wanted.split(".").map(Number);
var here = process.versions.node.split(".").map(Number);
if (here[0] < parts[0] || (here[0] === parts[0] && here[1] < parts[1])) {
  console.error(
    "This is Node.js " + process.versions.node + ", but the client needs " + wanted +
      " or newer: use `make run` in the project's folder, which brings one along, or install it from nodejs.org."
  );
  process.exit(1);
}
