// node fetch.mjs
const hub = 'http://127.0.0.1:7420'
await fetch(hub + '/chat/lobby?name=node', { method: 'POST', body: 'hi from fetch' })
await fetch(hub + '/backups', { method: 'POST', body: 'Backup done', headers: { Title: 'Nightly', Priority: '4' } })
console.log((await (await fetch(hub + '/api/monitor/now')).json()).memory_usage)
const { body } = await fetch(hub + '/api/topics/room/lobby?last=10&follow=1')
for await (const line of body.pipeThrough(new TextDecoderStream())) process.stdout.write(line)
