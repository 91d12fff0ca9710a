import type { Component } from 'svelte';

/** One line of a menu. */
export interface MenuItem {
  icon: Component<{ size?: number; strokeWidth?: number }>;
  label: string;
  /** For a line that is on or off. */
  checked?: boolean;
  /** It takes something away from somebody. */
  tone?: 'danger';
  /** A line separates it from those above. */
  apart?: boolean;
  onpick: () => void;
}
