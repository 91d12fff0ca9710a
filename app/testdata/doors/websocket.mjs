// node websocket.mjs    Node 20: node --experimental-websocket websocket.mjs
const open = (path) => {
  const door = new WebSocket('ws://127.0.0.1:7420' + path)
  door.onmessage = ({ data }) => console.log(path, data)
  return door
}
open('/ws-chat').onopen = ({ target }) => target.send(JSON.stringify({ content: 'hello' }))
open('/chat/lobby?name=node').onopen = ({ target }) => target.send('hi from Node')
open('/system-monitor')
open('/notifications?user_id=backups&since=all')
