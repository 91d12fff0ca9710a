import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { i18n } from './i18n/i18n.svelte';

i18n.detect();

const target = document.getElementById('app');
if (target) mount(App, { target });
