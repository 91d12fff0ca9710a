package main

import (
	"context"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// cli is the whole command line. Each flag can also be set as HEARTH_<FLAG> in the environment.
type cli struct {
	globals

	Window  windowCmd  `cmd:"" default:"withargs" hidden:"" help:"Open the window onto the hub of this computer."`
	Serve   serveCmd   `cmd:"" help:"Run the hub without a window."`
	Status  statusCmd  `cmd:"" help:"Say whether the hub runs, and where."`
	Open    openCmd    `cmd:"" help:"Show the window, or print a link that makes a browser the owner's."`
	Quit    quitCmd    `cmd:"" help:"Stop the hub that runs."`
	Version versionCmd `cmd:"" help:"Print the version of this program."`
	Say     sayCmd     `cmd:"" help:"Post a message to a room."`
	Tail    tailCmd    `cmd:"" help:"Print a room's messages as they come."`
	Monitor monitorCmd `cmd:"" help:"Show this computer's load as the hub measures it."`
	Pub     pubCmd     `cmd:"" help:"Publish a notification."`
	Sub     subCmd     `cmd:"" help:"Print notifications, or run a command for each."`
	Backup  backupCmd  `cmd:"" help:"Write all that the hub keeps to one file."`
	Restore restoreCmd `cmd:"" help:"Put a backup in the place of what the hub keeps."`
	Invite  inviteCmd  `cmd:"" help:"Print a link, and its QR code, that lets people on the network in."`
	Token   tokenCmd   `cmd:"" help:"Make, list and revoke the tokens of programs on other computers."`
	Doctor  doctorCmd  `cmd:"" help:"Say what may keep other devices out, as a text for a bug report."`
}

// globals are the flags that mean the same before and after every command.
type globals struct {
	Data string `help:"Data folder of the hub." placeholder:"DIR"`
}

const description = `Hearth is a small hub on your own computer: chat rooms, a system monitor and notifications, for browsers, scripts and its own window.

Without a command it opens the window; it takes the flags of serve. Where there is no display it says so and serves.`

// Help is what hearth --help prints below the description. Indented lines are kept as they are.
func (cli) Help() string {
	return `Examples:

    hearth serve                      run the hub, at http://127.0.0.1:7420
    hearth say lobby "tea is ready"   post to a room
    hearth sub backups                wait for notifications

Each flag can be set in the environment too, as HEARTH_ and its name: HEARTH_URL, HEARTH_TOKEN, HEARTH_ALLOW_HOST.

Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 no hub answers, 4 the hub refused.`
}

// parse returns the command that the arguments name, ready to run. On --help it prints and exits.
func parse(args []string) (func(context.Context) error, error) {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("hearth"),
		kong.Description(description),
		kong.DefaultEnvars("HEARTH"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 96}),
		kong.PostBuild(func(k *kong.Kong) error { k.Model.HelpFlag.Help = "Print this help."; return nil }),
		kong.Writers(os.Stdout, os.Stderr),
		kong.Bind(&c.globals),
	)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return nil, misused(parser, err)
	}
	return func(ctx context.Context) error {
		parsed.BindTo(ctx, (*context.Context)(nil))
		return parsed.Run()
	}, nil
}

// text joins the words of a message as a shell split them; a lone "-" means standard input, without its last line end.
func text(words []string) (string, error) {
	if len(words) != 1 || words[0] != "-" {
		return strings.Join(words, " "), nil
	}
	return readAll(os.Stdin)
}
