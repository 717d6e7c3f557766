
"use strict";
/* What the page does without this script: everything but search, the page number and the choice of
   what is shown.  It makes no markup from text and asks for nothing. */
(function () {
  var root = document.documentElement, body = document.body;
  var MATCHES_MAX = 5000;

  function id(name) { return document.getElementById(name); }
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }

  all(".js").forEach(function (e) { e.hidden = false; });

  /* --- a block and its place ------------------------------------------------------------------ */

  var marked = [];

  function mark(name) {
    marked.forEach(function (e) { e.classList.remove("hit"); });
    marked = [id("b" + name), id("r" + name)].filter(Boolean);
    marked.forEach(function (e) { e.classList.add("hit"); });
  }

  function show(e, where) {
    if (e) e.scrollIntoView({ block: where || "nearest" });
  }

  function name_of(e) { /* of the block around e */
    for (; e && e !== body; e = e.parentElement) {
      if (/^[br][0-9]+-[0-9]+$/.test(e.id)) return e.id.slice(1);
    }
    return null;
  }

  function frame_at(x, y) { /* under the words: the smallest, of those that lie in others */
    var best = null, least = Infinity;
    document.elementsFromPoint(x, y).forEach(function (e) {
      if (!/^r[0-9]/.test(e.id || "")) return;
      var box = e.getBoundingClientRect(), area = box.width * box.height;
      if (area < least) { best = e; least = area; }
    });
    return best;
  }

  document.addEventListener("click", function (event) {
    var target = event.target;
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (String(window.getSelection())) return;
    if (target.closest(".sheet")) {
      var frame = frame_at(event.clientX, event.clientY);
      if (!frame) return;
      event.preventDefault();
      mark(name_of(frame));
      show(id("b" + name_of(frame)), "center");
    } else if (target.closest(".flow")) {
      var link = target.closest("a");
      if (link && !link.classList.contains("at")) return;
      var name = name_of(target);
      if (!name) return;
      if (link) event.preventDefault();
      mark(name);
      show(id("r" + name));
    }
  });

  /* --- pages ---------------------------------------------------------------------------------- */

  var pages = all(".page"), present = 0, number = id("number");

  function tell_page() {
    if (!pages.length) return;
    var now = pages[present].id;
    if (document.activeElement !== number) number.value = now.slice(5);
    all(".pagelist a").forEach(function (a) {
      if (a.getAttribute("href") === "#" + now) a.setAttribute("aria-current", "page");
      else a.removeAttribute("aria-current");
    });
  }

  function see_page() { /* the last one that begins above the middle of the window */
    var lo = 0, hi = pages.length - 1, middle = window.innerHeight / 2;
    while (lo < hi) {
      var at = (lo + hi + 1) >> 1;
      if (pages[at].getBoundingClientRect().top <= middle) lo = at; else hi = at - 1;
    }
    if (lo !== present) { present = lo; tell_page(); }
  }

  function go_page(at) {
    at = Math.max(0, Math.min(pages.length - 1, at));
    if (pages[at]) { present = at; show(pages[at], "start"); tell_page(); }
  }

  var due = false;
  window.addEventListener("scroll", function () {
    if (due) return;
    due = true;
    window.requestAnimationFrame(function () { due = false; see_page(); });
  }, { passive: true });
  id("pages").textContent = pages.length ? "/ " + pages[pages.length - 1].id.slice(5) : "";
  id("back").addEventListener("click", function () { go_page(present - 1); });
  id("on").addEventListener("click", function () { go_page(present + 1); });
  number.addEventListener("change", function () {
    var wanted = pages.map(function (p) { return p.id; }).indexOf("page-" + number.value.trim());
    number.blur();
    if (wanted >= 0) go_page(wanted); else tell_page();
  });
  tell_page();

  /* --- search --------------------------------------------------------------------------------- */

  var words = id("words"), count = id("count"), texts = null, matches = [], at = -1, timer = 0;
  var marks = window.CSS && CSS.highlights && window.Highlight;

  function block_of(node) {
    return node.parentElement.closest("p,h1,h2,h3,h4,h5,h6,li,td,th,pre,figcaption");
  }

  function read_texts() { /* each page's text with the places of its nodes */
    texts = all(".flow").map(function (flow) {
      var walker = document.createTreeWalker(flow, NodeFilter.SHOW_TEXT), parts = [], text = "", last = null;
      for (var node = walker.nextNode(); node; node = walker.nextNode()) {
        var block = block_of(node);
        if (block !== last) text += "\n";
        last = block;
        parts.push({ node: node, from: text.length });
        text += node.data;
      }
      return { parts: parts, text: text };
    });
  }

  function place(parts, offset, is_end) { /* the node that holds the offset */
    var lo = 0, hi = parts.length - 1;
    while (lo < hi) {
      var middle = (lo + hi + 1) >> 1;
      if (is_end ? parts[middle].from < offset : parts[middle].from <= offset) lo = middle; else hi = middle - 1;
    }
    return [parts[lo].node, Math.min(offset - parts[lo].from, parts[lo].node.length)];
  }

  function range_of(match) {
    var range = document.createRange(), from = place(match.parts, match.from, false),
        to = place(match.parts, match.to, true);
    range.setStart(from[0], from[1]);
    range.setEnd(to[0], to[1]);
    return range;
  }

  function find() {
    var query = words.value.trim().split(/\s+/).filter(Boolean).map(function (word) {
      return word.replace(/[.*+?^${}()|[\]\\\/]/g, "\\$&");
    }).join("\\s+");
    matches = [];
    at = -1;
    if (!texts) read_texts();
    texts.forEach(function (t) {
      if (!query) return;
      var pattern = new RegExp(query, "giu"), m;
      while (matches.length < MATCHES_MAX && (m = pattern.exec(t.text)) && m[0]) {
        matches.push({ parts: t.parts, from: m.index, to: m.index + m[0].length });
      }
    });
    if (marks) {
      CSS.highlights.set("found", new Highlight(...matches.map(range_of)));
      CSS.highlights.delete("here");
    }
    tell_count();
  }

  function tell_count() {
    var n = matches.length + (matches.length === MATCHES_MAX ? "+" : "");
    count.textContent = !words.value.trim() ? "" : !matches.length ? "none" : at < 0 ? n + " found" : at + 1 + " of " + n;
  }

  function go(step) {
    if (!matches.length) return;
    at = at < 0 ? (step > 0 ? 0 : matches.length - 1) : (at + step + matches.length) % matches.length;
    var range = range_of(matches[at]), parent = range.startContainer.parentElement, name = name_of(parent);
    if (body.classList.contains("view-page")) set_view(0);
    if (name) { mark(name); show(id("r" + name)); }
    show(parent, "center");
    if (marks) {
      CSS.highlights.set("here", new Highlight(range));
    } else {
      window.getSelection().removeAllRanges();
      window.getSelection().addRange(range);
    }
    tell_count();
  }

  words.addEventListener("input", function () {
    window.clearTimeout(timer);
    timer = window.setTimeout(find, 150);
  });
  words.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { words.value = ""; find(); words.blur(); }
    if (event.key !== "Enter") return;
    event.preventDefault();
    window.clearTimeout(timer);
    if (at < 0) find();
    go(event.shiftKey ? -1 : 1);
  });
  id("next").addEventListener("click", function () { go(1); });
  id("before").addEventListener("click", function () { go(-1); });

  /* --- what is shown -------------------------------------------------------------------------- */

  var views = [["", "Page and text"], ["view-text", "Text"], ["view-page", "Page"]], view = 0;
  var themes = ["", "light", "dark"], theme = 0;

  function set_view(to) {
    view = to;
    body.className = views[view][0];
    id("view").textContent = views[view][1];
    show(pages[present], "start");
  }

  function turn_theme() {
    theme = (theme + 1) % themes.length;
    if (themes[theme]) root.setAttribute("data-theme", themes[theme]); else root.removeAttribute("data-theme");
  }

  id("view").addEventListener("click", function () { set_view((view + 1) % views.length); });
  id("theme").addEventListener("click", turn_theme);

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (event.key === "/") { event.preventDefault(); words.focus(); words.select(); }
    else if (event.key === "j") go_page(present + 1);
    else if (event.key === "k") go_page(present - 1);
    else if (event.key === "v") set_view((view + 1) % views.length);
    else if (event.key === "t") turn_theme();
  });
})();
