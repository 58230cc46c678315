// What a reader would fault in the layout of a page, as lists of descriptions.
(() => {
  const faults = { overflow: [], clipped: [], overlapping: [], faint: [], figures: [], links: [], structure: [] };
  const width = innerWidth;
  const name = (element) => {
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.localName}${element.id ? "#" + element.id : ""}${element.className && element.className.baseVal === undefined ? "." + element.className : ""}> ${text}`;
  };
  const root = document.scrollingElement;
  if (root.scrollWidth > width) faults.overflow.push(`page: ${root.scrollWidth} > ${width}`);

  // Text, as far as it is shown.
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  // What an element has from itself or from the elements around it; each is looked at once.
  const inherited = (own, outermost) => {
    const known = new Map([[null, outermost]]);
    const of = (element) => {
      if (!known.has(element)) known.set(element, own(element, () => of(element.parentElement)));
      return known.get(element);
    };
    return of;
  };
  const scrolls = inherited((element, outer) => {
    const isScroller = element !== document.body && element.localName !== "svg" && /auto|scroll/.test(getComputedStyle(element).overflowX);
    return isScroller ? element : outer();
  }, null);
  const hides = inherited((element, outer) => getComputedStyle(element).clipPath !== "none" || element.classList.contains("skip") || outer(), false);
  const clips = inherited((element, outer) => {
    const style = element.localName === "svg" || element === document.body ? null : getComputedStyle(element);
    const isCut = style && /hidden|clip/.test(style.overflowX + style.overflowY) && element.scrollWidth > element.clientWidth + 1;
    return isCut ? element : outer();
  }, null);
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !isShown(element) || hides(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
    if (boxes.length) texts.push({ node, element, boxes, scroller: scrolls(element) });
  }
  if (texts.length < 20) faults.structure.push(`only ${texts.length} texts are shown`);
  for (const { element, boxes, scroller } of texts) {
    const right = Math.max(...boxes.map((box) => box.right));
    const left = Math.min(...boxes.map((box) => box.left));
    if (!scroller && (right > width + 1 || left < -1)) faults.overflow.push(name(element));
    if (clips(element)) faults.clipped.push(name(clips(element)));
  }

  // Overlaps: middles of lines of different texts that cover each other.
  const lines = texts.flatMap((text) => text.boxes.map((box) => {
    const trim = box.height * 0.3;
    return { text, left: box.left + 1, right: box.right - 1, top: box.top + trim, bottom: box.bottom - trim };
  })).filter((line) => line.right > line.left).sort((a, b) => a.top - b.top);
  lines.forEach((line, index) => {
    for (let next = index + 1; next < lines.length && lines[next].top < line.bottom; next += 1) {
      const other = lines[next];
      if (other.text === line.text || other.text.scroller !== line.text.scroller) continue;
      if (Math.min(line.right, other.right) - Math.max(line.left, other.left) > 2) {
        faults.overlapping.push(`${name(line.text.element)} / ${name(other.text.element)}`);
      }
    }
  });

  // Contrast of text with what lies beneath it (WCAG 2, 1.4.3); labels in figures lie on shapes and are not measured.
  const colour = (text) => {
    const numbers = (text.match(/[\d.]+(?:e-?\d+)?/g) || []).map(Number);
    const scale = text.startsWith("color(") ? 1 : 255;
    const [r, g, b, a = 1] = numbers;
    return { r: r / scale, g: g / scale, b: b / scale, a };
  };
  const over = (top, bottom) => {
    const mix = (t, u) => t * top.a + u * (1 - top.a);
    return { r: mix(top.r, bottom.r), g: mix(top.g, bottom.g), b: mix(top.b, bottom.b), a: 1 };
  };
  const luminance = ({ r, g, b }) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const white = { r: 1, g: 1, b: 1, a: 1 };
  const ground = inherited((element, outer) => over(colour(getComputedStyle(element).backgroundColor), outer()), white);
  const seen = new Set();
  for (const { element } of texts) {
    if (element.closest("svg")) continue;
    const beneath = ground(element);
    const ink = over(colour(getComputedStyle(element).color), beneath);
    const [light, dark] = [luminance(ink), luminance(beneath)].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    const kind = `${element.localName}.${element.className}`;
    if (contrast < 4.5 && !seen.has(kind)) {
      seen.add(kind);
      faults.faint.push(`${contrast.toFixed(2)}: ${name(element)}`);
    }
  }

  // Figures, links, structure.
  for (const figure of document.querySelectorAll("svg")) {
    const box = figure.getBoundingClientRect();
    const frame = figure.closest("figure");
    for (const label of figure.querySelectorAll("text")) {
      const inner = label.getBoundingClientRect();
      if (inner.right > box.right + 2 || inner.left < box.left - 2) faults.figures.push(`cut: ${name(label)}`);
    }
    if (box.width < 50 || box.height < 20) faults.figures.push(`not seen: ${name(figure)}`);
    if (matchMedia("print").matches && frame) {
      const height = frame.getBoundingClientRect().height;
      if (getComputedStyle(frame).breakInside !== "avoid" || height > 1005) faults.figures.push(`can be split, ${height} px: ${name(frame)}`);
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) faults.links.push("an id twice");
  for (const link of document.querySelectorAll("a[href]")) {
    const to = link.getAttribute("href");
    if (!to.startsWith("#") || !document.getElementById(to.slice(1))) faults.links.push(to);
  }
  const headings = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((heading) => Number(heading.localName[1]));
  if (headings.filter((level) => level === 1).length !== 1) faults.structure.push("not one h1");
  headings.forEach((level, index) => {
    if (level > (headings[index - 1] ?? 0) + 1) faults.structure.push(`heading ${index} jumps to level ${level}`);
  });
  for (const landmark of ["header", "nav", "main", "footer"]) {
    if (document.querySelectorAll(landmark).length !== 1) faults.structure.push(`not one ${landmark}`);
  }
  for (const head of document.querySelectorAll("th:not([scope])")) faults.structure.push(`no scope: ${name(head)}`);
  const acting = document.querySelectorAll("body :is(script, style, iframe, object, embed, form, link, base, [style], [onerror], [onload], [onclick])");
  for (const element of acting) faults.structure.push(`acts: ${name(element)}`);
  const height = root.scrollHeight;
  return { faults, height, figures: document.querySelectorAll("svg").length };
})()
