// Runs before require.js and embed-amd.js on every page that shows widgets. Two things:
// 1. AMD look-ups stay in the folder of this very file, at any page depth and from file:// too,
//    so that the widget manager finds anywidget.js here and never asks a public CDN.
// 2. ipywidgets typesets labels through MathJax 2's queue; the book has MathJax 3.
(function () {
  "use strict";
  var here = document.currentScript.src.replace(/[^/]*$/, "");
  window.require = { baseUrl: here, waitSeconds: 60 };

  window.MathJax = window.MathJax || {};
  window.MathJax.Hub = window.MathJax.Hub || {
    Queue: function () {
      Array.prototype.forEach.call(arguments, function (call) {
        if (!Array.isArray(call) || call[0] !== "Typeset") return;
        var element = call[2];
        var math = window.MathJax;
        var ready = (math.startup && math.startup.promise) || Promise.resolve();
        ready.then(function () {
          if (math.typesetPromise) math.typesetPromise(element ? [element] : undefined);
        });
      });
    },
    Config: function () {},
    Configured: function () {}
  };
})();
