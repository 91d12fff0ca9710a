/**
 * The short codes that tags of notifications use most, by the names of github/gemoji (MIT). Codes outside this table stay labels: the whole list of
 * 1,913 would weigh more than the inbox.
 */
const TABLE = `
  warning ⚠️ rotating_light 🚨 no_entry ⛔ no_entry_sign 🚫 stop_sign 🛑 sos 🆘 x ❌ heavy_check_mark ✔️
  white_check_mark ✅ ballot_box_with_check ☑️ exclamation ❗ heavy_exclamation_mark ❗ bangbang ‼️
  question ❓ grey_exclamation ❕ information_source ℹ️ ok 🆗 new 🆕 free 🆓 up 🆙 cool 🆒 100 💯 tada 🎉
  partying_face 🥳 confetti_ball 🎊 fire 🔥 boom 💥 zap ⚡ sparkles ✨ star ⭐ star2 🌟 dizzy 💫
  red_circle 🔴 orange_circle 🟠 yellow_circle 🟡 green_circle 🟢 large_blue_circle 🔵 purple_circle 🟣
  black_circle ⚫ white_circle ⚪ red_square 🟥 green_square 🟩 yellow_square 🟨 blue_square 🟦
  small_red_triangle 🔺 small_red_triangle_down 🔻 arrow_up ⬆️ arrow_down ⬇️ arrow_right ➡️ arrow_left ⬅️
  arrows_counterclockwise 🔄 repeat 🔁 fast_forward ⏩ rewind ⏪ pause_button ⏸️ stop_button ⏹️
  play_or_pause_button ⏯️ record_button ⏺️ arrow_forward ▶️
  computer 💻 desktop_computer 🖥️ keyboard ⌨️ computer_mouse 🖱️ printer 🖨️ floppy_disk 💾 cd 💿 dvd 📀
  minidisc 💽 battery 🔋 electric_plug 🔌 satellite 📡 signal_strength 📶 iphone 📱 phone ☎️
  telephone_receiver 📞 calling 📲 vibration_mode 📳 no_mobile_phones 📵 globe_with_meridians 🌐 robot 🤖
  gear ⚙️ wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ nut_and_bolt 🔩 toolbox 🧰 link 🔗 paperclip 📎 package 📦
  card_file_box 🗃️ file_cabinet 🗄️ file_folder 📁 open_file_folder 📂 wastebasket 🗑️ page_facing_up 📄
  clipboard 📋 memo 📝 pencil 📝 pencil2 ✏️ bookmark 🔖 label 🏷️ bug 🐛 beetle 🪲 test_tube 🧪 microscope 🔬
  telescope 🔭 ship 🚢 rocket 🚀 construction 🚧 building_construction 🏗️ recycle ♻️ bar_chart 📊
  chart_with_upwards_trend 📈 chart_with_downwards_trend 📉
  bell 🔔 no_bell 🔕 speaker 🔈 loud_sound 🔊 mute 🔇 mega 📣 loudspeaker 📢 speech_balloon 💬
  thought_balloon 💭 email 📧 envelope ✉️ incoming_envelope 📨 inbox_tray 📥 outbox_tray 📤 mailbox 📫
  postbox 📮 calendar 📆 date 📅 alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ hourglass ⌛
  hourglass_flowing_sand ⏳ clock1 🕐 watch ⌚ eyes 👀 eye 👁️ mag 🔍 mag_right 🔎 key 🔑 old_key 🗝️ lock 🔒
  unlock 🔓 closed_lock_with_key 🔐 shield 🛡️
  +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 clap 👏 wave 👋 raised_hands 🙌 pray 🙏 muscle 💪 ok_hand 👌 point_up ☝️
  point_right 👉 point_left 👈 point_down 👇 smile 😄 smiley 😃 grinning 😀 joy 😂 laughing 😆 wink 😉
  thinking 🤔 neutral_face 😐 disappointed 😞 cry 😢 sob 😭 scream 😱 rage 😡 angry 😠 sleeping 😴 zzz 💤
  sunglasses 😎 skull 💀 ghost 👻 heart ❤️ broken_heart 💔 green_heart 💚 blue_heart 💙 bust_in_silhouette 👤
  busts_in_silhouette 👥 facepalm 🤦 shrug 🤷 baby 👶 dog 🐶 cat 🐱
  house 🏠 house_with_garden 🏡 door 🚪 window 🪟 bed 🛏️ couch_and_lamp 🛋️ shower 🚿 bathtub 🛁 toilet 🚽
  bulb 💡 flashlight 🔦 candle 🕯️ thermometer 🌡️ droplet 💧 sweat_drops 💦 potable_water 🚰 sunny ☀️
  partly_sunny ⛅ cloud ☁️ cloud_with_rain 🌧️ cloud_with_lightning 🌩️ snowflake ❄️ umbrella ☔
  wind_face 🌬️ ocean 🌊 earth_africa 🌍 moon 🌔 coffee ☕ tea 🍵 pizza 🍕 cake 🍰 beer 🍺 shopping_cart 🛒
  moneybag 💰 dollar 💵 credit_card 💳 car 🚗 bus 🚌 bike 🚲 airplane ✈️ train 🚋 fuelpump ⛽ wheelchair ♿
  ambulance 🚑 fire_engine 🚒 police_car 🚓 hospital 🏥 pill 💊 gift 🎁 tv 📺 camera 📷 video_camera 📹
  movie_camera 🎥 clapper 🎬 musical_note 🎵 headphones 🎧 microphone 🎤 books 📚 book 📖 newspaper 📰
`;

const words = TABLE.trim().split(/\s+/);
const emoji = new Map<string, string>();
for (let i = 0; i + 1 < words.length; i += 2) emoji.set(words[i] ?? '', words[i + 1] ?? '');

export type Tags = { emoji: string[]; labels: string[] };

/** Parts tags into those that are shown as an emoji and those that stay labels, each in the order given. */
export function partTags(tags: readonly string[] = []): Tags {
  const parted: Tags = { emoji: [], labels: [] };
  for (const tag of tags) {
    const found = emoji.get(tag);
    if (found) parted.emoji.push(found);
    else parted.labels.push(tag);
  }
  return parted;
}
