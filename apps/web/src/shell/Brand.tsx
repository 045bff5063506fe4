export function Brand() {
  return (
    <a class="brand" href="/">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M2 17c5 0 4-10 9-10s4 10 11 10" />
        <circle cx="11" cy="7" r="2" />
      </svg>
      Throughline
    </a>
  );
}
