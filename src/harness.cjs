#!/usr/bin/env node
'use strict';
/*
 * The bin: starts the program under a Node.js that can run it. CommonJS and old syntax on purpose: the imports of an
 * ES module are evaluated before any check in it, so an older Node would die of a syntax it does not know.
 */
var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');
var url = require('url');

var NEEDED = [24, 15];
var ENVIRONMENT = 3;
var ROOT = path.join(__dirname, '..');
var PROGRAM = path.join(ROOT, 'dist', 'cli.js');
/** The Node.js that a checkout installs for itself (the `node` devDependency); a published package has none. */
var OWN_NODE = path.join(ROOT, 'node_modules', 'node', 'bin', 'node');

function isNewEnough(version) {
  var parts = version.split('.').map(Number);
  return parts[0] > NEEDED[0] || (parts[0] === NEEDED[0] && parts[1] >= NEEDED[1]);
}

function refuse(message) {
  process.stderr.write(message + '\n');
  process.exitCode = ENVIRONMENT;
}

/** An own Node.js that is itself too old must not be asked again and again. */
function isOwnNode() {
  return fs.realpathSync(process.execPath) === fs.realpathSync(OWN_NODE);
}

/**
 * Runs the same command line under another Node.js and ends as it ends, by exit code or by signal. A terminal sends its
 * ^C to both processes; forwarding it as well would look like the second ^C, which stops without waiting.
 */
function runUnder(node) {
  var child = childProcess.spawn(node, process.execArgv.concat(process.argv.slice(1)), { stdio: 'inherit' });
  var onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  var signals = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'];
  signals.forEach(function (signal) {
    var sentToBoth = onTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    process.on(signal, function () {
      if (!sentToBoth) child.kill(signal);
    });
  });
  child.on('error', function (error) {
    refuse('harness cannot start ' + node + ' (' + error.message + '); run npm ci in ' + ROOT);
  });
  child.on('exit', function (code, signal) {
    if (!signal) process.exit(code);
    signals.forEach(function (name) {
      process.removeAllListeners(name);
    });
    process.kill(process.pid, signal);
  });
}

if (isNewEnough(process.versions.node)) {
  if (fs.existsSync(PROGRAM)) void import(url.pathToFileURL(PROGRAM).href);
  else refuse('harness is not built; run npm run build in ' + ROOT);
} else if (fs.existsSync(OWN_NODE) && !isOwnNode()) {
  runUnder(OWN_NODE);
} else {
  refuse(
    'harness needs Node.js ' +
      NEEDED.join('.') +
      ' or newer; this is ' +
      process.version +
      ' (' +
      process.execPath +
      '). Install it, for example with: npm install --global node@24',
  );
}
