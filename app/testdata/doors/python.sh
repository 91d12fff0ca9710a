python3 -m websockets ws://127.0.0.1:7420/ws-chat
python3 -m websockets "ws://127.0.0.1:7420/chat/lobby?name=ada"
python3 -m websockets ws://127.0.0.1:7420/system-monitor
python3 -m websockets "ws://127.0.0.1:7420/notifications?user_id=backups"
