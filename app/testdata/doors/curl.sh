curl http://127.0.0.1:7420/ws-chat
curl -d hi http://127.0.0.1:7420/chat/lobby
curl http://127.0.0.1:7420/api/monitor/now
curl -H "Title: Nightly" -H "Priority: 4" -d "Backup done" http://127.0.0.1:7420/backups
curl "http://127.0.0.1:7420/backups/json?poll=1&since=all"
curl -N "http://127.0.0.1:7420/api/topics/room/lobby?last=10&follow=1"
