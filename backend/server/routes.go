package server

import (
	"net/http"
	"slices"
)

// endpoint answers a request, or returns the error to answer it with.
type endpoint func(w http.ResponseWriter, r *http.Request) error

// GET /chat/{room} and GET /{topic}/json would clash.
func (s *Server) routes() http.Handler {
	own := &mux{s: s}
	own.at("GET /{$}", s.getPage)               // the page
	own.at("GET /host", s.getPage)              // ?t= is for the page, which POSTs it
	own.at("GET /assets/{file...}", s.getAsset) // what the page consists of, with hashes in the names
	for name := range s.pages.root {
		own.at("GET /"+name, s.getRootFile)
	}

	own.at("GET /ws", s.getSocket)                                     // subprotocol hearth.v1
	own.at("GET /ws-chat", s.getEcho)                                  // text {content, type}
	own.at("GET /chat/{room}", s.getChat)                              // ?name=
	own.at("POST /chat/{room}", s.postChat)                            // text; ?name=
	own.at("GET /system-monitor", s.getMonitor)                        // ?interval=1..60
	own.at("GET /notifications", s.getNotifications)                   // ?user_id=&since=
	own.at("GET /healthz", s.getHealth)                                //
	own.at("GET /v1/health", s.getNtfyHealth)                          // ntfy's
	own.at("POST /{$}", s.publishJSON)                                 // topic, message, title, priority, tags
	own.at("PUT /{$}", s.publishJSON)                                  // likewise
	own.at("GET /api/me", s.getMe)                                     //
	own.at("PATCH /api/me", s.patchMe)                                 // name
	own.at("POST /api/join", s.join)                                   // name, secret or pin
	own.at("POST /api/knock", s.knock)                                 // name
	own.at("POST /api/knock/wait", s.awaitKnock)                       // knock
	own.at("POST /api/knocks/{id}", s.answerKnock)                     // in
	own.at("POST /api/leave", s.leaveHub)                              //
	own.at("GET /api/people", s.getPeople)                             //
	own.at("PATCH /api/people/{id}", s.patchPerson)                    // role, moderator, muted, banned, reason
	own.at("POST /api/people/{id}/remove", s.removePerson)             // ban, same_invite, renew, reason
	own.at("POST /api/gathering/end", s.endGathering)                  // reason
	own.at("GET /api/invites", s.getInvites)                           //
	own.at("POST /api/invites", s.postInvite)                          // uses, hours
	own.at("DELETE /api/invites/{id}", s.deleteInvite)                 //
	own.at("GET /api/door", s.getDoor)                                 //
	own.at("PATCH /api/door", s.patchDoor)                             // locked, reason
	own.at("GET /api/share", s.getShare)                               //
	own.at("PATCH /api/share", s.patchShare)                           // on, shares, pin, awake
	own.at("POST /api/share/renew", s.renewShare)                      // another link and PIN
	own.at("GET /api/tokens", s.getTokens)                             //
	own.at("POST /api/tokens", s.postToken)                            // name, topics, can, rate, days
	own.at("DELETE /api/tokens/{id}", s.deleteToken)                   //
	own.at("GET /api/rooms", s.getRooms)                               //
	own.at("POST /api/rooms", s.postRoom)                              // room, title
	own.at("GET /api/topics/{topic...}", s.getTopic)                   // ?since=&last=&follow=; Accept; Last-Event-ID
	own.at("GET /api/monitor/now", s.getMonitorNow)                    //
	own.at("GET /api/inbox", s.getInbox)                               //
	own.at("GET /api/settings", s.getSettings)                         //
	own.at("PATCH /api/settings", s.patchSettings)                     // close, local_scripts
	own.at("GET /api/status", s.getStatus)                             //
	own.at("GET /api/doctor", s.getDoctor)                             // what was refused lately, and why
	own.at("GET /api/backup", s.getBackup)                             // the store's file as of now
	own.at("POST /api/host/session", s.becomeOwner)                    // token
	own.at("POST /api/host/link", s.postLink)                          //
	own.at("POST /api/host/show", s.showWindow)                        //
	own.at("POST /api/host/quit", s.postQuit)                          //
	own.at("POST /api/host/open-url", s.openURL)                       // url
	own.at("GET /api/rooms/{room}/messages", s.getMessages)            // ?before=&limit=
	own.at("POST /api/rooms/{room}/messages", s.postMessage)           // text, client_id
	own.at("PATCH /api/rooms/{room}/messages/{seq}", s.patchMessage)   // text
	own.at("DELETE /api/rooms/{room}/messages/{seq}", s.deleteMessage) // reason
	own.at("PATCH /api/rooms/{room}", s.patchRoom)                     // title, read_only, slow, archived, reason
	own.at("POST /api/rooms/{room}/clear", s.clearRoom)                // reason
	own.at("DELETE /api/rooms/{room}", s.deleteRoom)                   // reason

	ntfy := &mux{s: s}
	ntfy.at("POST /{topic}", s.publish)        // text; title, priority, tags, message as headers or query
	ntfy.at("PUT /{topic}", s.publish)         // likewise
	ntfy.at("GET /{topics}/json", s.ntfyLines) // a,b; ?since=&poll=
	ntfy.at("GET /{topics}/sse", s.ntfyEvents) // likewise
	ntfy.at("GET /{topics}/ws", s.ntfySocket)  // likewise

	s.patterns = slices.Concat(own.patterns, ntfy.patterns)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if trouble := pathTrouble(r); trouble != "" {
			s.fail(w, r, s.badPath(r, trouble))
		} else if s.ownPath(r.URL.Path) {
			own.ServeHTTP(w, r)
		} else {
			ntfy.ServeHTTP(w, r)
		}
	})
}
