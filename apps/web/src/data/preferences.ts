/** What a person chose for this browser. In cookies, so that the server renders it and nothing flashes. */
import type { AppState } from "./appState.ts";

/** `auto` follows the system. */
export type Theme = "auto" | "light" | "dark";
export type Zone = "utc" | "local";

export interface Preferences {
  readonly theme: Theme;
  readonly zone: Zone;
}

const ONE_YEAR_SECONDS = 31_536_000;

/** @param cookies the Cookie header or `document.cookie`; what is unknown or forged counts as not chosen */
export function readPreferences(cookies: string | undefined): Preferences {
  const chosen = new Map(
    (cookies ?? "").split(";").map((pair): [string, string] => {
      const [name = "", value = ""] = pair.split("=", 2);
      return [name.trim(), value.trim()];
    }),
  );
  const theme = chosen.get("theme");
  return {
    theme: theme === "light" || theme === "dark" ? theme : "auto",
    zone: chosen.get("zone") === "utc" ? "utc" : "local",
  };
}

export function chooseTheme(app: AppState, theme: Theme): void {
  app.theme.value = theme;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document
    .querySelector("meta[name=color-scheme]")
    ?.setAttribute("content", theme === "auto" ? "light dark" : theme);
  remember("theme", theme);
}

export function chooseZone(app: AppState, zone: Zone): void {
  app.chosenZone.value = zone;
  app.zone.value = zone;
  remember("zone", zone);
}

function remember(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${ONE_YEAR_SECONDS}; samesite=lax${secure}`;
}
