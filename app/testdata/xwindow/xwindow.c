/* xwindow TITLE state|close
 *
 * state prints "shown", "hidden" or "none" for the window of that title. close asks it to close, as the button of a window
 * manager does. Tests of the real window use it; where they run there is no window manager. */
#include <X11/Xlib.h>
#include <stdio.h>
#include <string.h>

static Window find(Display *display, Window under, const char *title) {
	char *name = NULL;
	if (XFetchName(display, under, &name) && name) {
		int same = strcmp(name, title) == 0;
		XFree(name);
		Atom *protocols = NULL;
		int count = 0;
		if (same && XGetWMProtocols(display, under, &protocols, &count)) {
			XFree(protocols);
			return under;
		}
	}
	Window root, parent, *children = NULL, found = 0;
	unsigned int count = 0;
	if (!XQueryTree(display, under, &root, &parent, &children, &count)) return 0;
	for (unsigned int i = 0; i < count && !found; i++) found = find(display, children[i], title);
	if (children) XFree(children);
	return found;
}

static int vanished(Display *display, XErrorEvent *event) {
	(void)display, (void)event; /* a window that went away while we looked is no error */
	return 0;
}

int main(int argc, char **argv) {
	Display *display = XOpenDisplay(NULL);
	if (argc != 3 || !display) {
		fprintf(stderr, "usage: xwindow TITLE state|close, with DISPLAY set\n");
		return 2;
	}
	XSetErrorHandler(vanished);
	Window window = find(display, DefaultRootWindow(display), argv[1]);
	XWindowAttributes attributes;
	int there = window && XGetWindowAttributes(display, window, &attributes);
	if (strcmp(argv[2], "state") == 0) {
		puts(!there ? "none" : attributes.map_state == IsViewable ? "shown" : "hidden");
		return 0;
	}
	if (!there) return 1;
	XEvent event = {.xclient = {.type = ClientMessage, .window = window, .format = 32}};
	event.xclient.message_type = XInternAtom(display, "WM_PROTOCOLS", False);
	event.xclient.data.l[0] = (long)XInternAtom(display, "WM_DELETE_WINDOW", False);
	event.xclient.data.l[1] = CurrentTime;
	XSendEvent(display, window, False, NoEventMask, &event);
	XSync(display, False);
	return 0;
}
