/** Those that get used. Screen readers know each by its own name. */
export const EMOJI = [
  '👍 👎 👏 🙏 🙌 💪 👀 🤝 👋 ✌️ 🤞 🤔',
  '🙂 😀 😄 😂 🤣 😊 😉 😍 😘 😎 🥳 🤩',
  '😅 😬 🙄 😐 😴 😢 😭 😡 😱 🤯 🤒 🥱',
  '❤️ 🔥 ✨ 🎉 🎂 ☕ 🍕 🍻 🌱 🌧️ ☀️ 🌙',
  '✅ ❌ ⚠️ ❓ ❗ 💡 📌 📎 📅 🔒 🚀 🐛',
].flatMap((row) => row.split(' '));
