// The search of the book: looks through titles and headings, in the page itself. Without it all else works.
(() => {
  const entries = window.bookIndex || [];
  const nav = document.querySelector("nav");
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "Search for an option, a code";
  field.setAttribute("aria-label", "Search");
  const found = document.createElement("ul");
  found.className = "found";
  nav.querySelector(".book").after(field, found);

  const matches = (words) =>
    entries.filter(([heading, page]) => {
      const text = `${heading} ${page}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });

  const row = ([heading, page, place]) => {
    const link = document.createElement("a");
    link.href = document.body.dataset.root + place;
    link.textContent = heading;
    const item = document.createElement("li");
    item.append(link);
    if (page) {
      const below = document.createElement("small");
      below.textContent = page;
      item.append(below);
    }
    return item;
  };

  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    found.replaceChildren(...(words.length ? matches(words).slice(0, 30).map(row) : []));
  });
})();
