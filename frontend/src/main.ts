import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { i18n } from './i18n/i18n.svelte';

void i18n
  .detect()
  .catch((error: unknown) => console.warn('language', error)) // English it is, then
  .then(() => {
    const target = document.getElementById('app');
    if (target) mount(App, { target });
  });
