// Runs before require.js and embed-amd.js on every page that shows widgets. Two things:
// 1. AMD look-ups stay in the folder of this very file, at any page depth and from file:// too,
//    so that the widget manager finds anywidget.js here and never asks a public CDN.
// 2. ipywidgets typesets labels through MathJax 2's queue; the book has MathJax 3.
(function () {
  "use strict";
  var here = document.currentScript.src.replace(/[^/]*$/, "");
  window.require = { baseUrl: here, waitSeconds: 60 };

  function typeset(call) {
    var math = window.MathJax;
    if (!Array.isArray(call) || call[0] !== "Typeset" || !math.startup) return;
    math.startup.promise.then(function () {
      math.typesetPromise(call[2] ? [call[2]] : undefined);
    });
  }

  // The page's own settings and MathJax itself assign window.MathJax; the widgets are drawn in a
  // listener of "load" that is added after this one, so the queue is there when they ask for it.
  window.addEventListener("load", function () {
    window.MathJax = window.MathJax || {};
    window.MathJax.Hub = {
      Queue: function () { Array.prototype.forEach.call(arguments, typeset); },
      Config: function () {},
      Configured: function () {}
    };
  });
})();
