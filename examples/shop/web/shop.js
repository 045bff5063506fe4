// What the product page does in the browser. Two troubles make it worse.
const button = document.querySelector("#add-to-cart");
const { blocks, lateHero } = document.currentScript.dataset;

function addToCart() {
  window.throughline?.track("add_to_cart", { product_id: Number(button.value) });
  if (blocks === undefined) return;
  // "blocking-click": a recommendation is computed before the cart may open.
  const end = performance.now() + 450;
  while (performance.now() < end);
}
button?.addEventListener("click", addToCart);

// "late-hero": the picture waits for a script that waits for an experiment.
if (lateHero !== undefined) {
  setTimeout(() => {
    const place = document.querySelector("#hero");
    const image = new Image(400, 300);
    image.alt = place.dataset.alt;
    image.src = place.dataset.src;
    place.replaceWith(image);
  }, 1800);
}
