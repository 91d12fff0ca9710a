package peer_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hearth/backend/fault"
	"hearth/backend/peer"
)

func TestCheckNameKeeps(t *testing.T) {
	for name, want := range map[string]string{
		"ada":                     "ada",
		"  ada \t":                "ada",
		"ada \u00a0 l.":           "ada l.",
		"e\u0301va":               "\u00e9va", // NFC
		"小明":                      "小明",
		"👩\u200d💻":                "👩\u200d💻",
		"می\u200cخواهم":           "می\u200cخواهم", // Persian needs the non-joiner
		"hubert":                  "hubert",
		"the owner's cat":         "the owner's cat",
		"ghost":                   "ghost",
		strings.Repeat("a", 32):   strings.Repeat("a", 32),
		strings.Repeat("😀", 32):   strings.Repeat("😀", 32), // 128 bytes
		"a" + marks(4):            "a" + marks(4),
		"?":                       "?",
		"a" + marks(4) + marks(0): "a" + marks(4),
	} {
		got, err := peer.CheckName(name)
		if err != nil || got != norm.NFC.String(want) {
			t.Errorf("CheckName(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestCheckNameRefusesWithASentence(t *testing.T) {
	for _, c := range []struct {
		what, name string
		code       fault.Code
		says       string
	}{
		{"nothing", "", fault.BadRequest, "at least one character"},
		{"blanks", " \t ", fault.BadRequest, "at least one character"},
		{"letters that draw nothing", "\u3164\u115f", fault.BadRequest, "at least one character"},
		{"marks on nothing", "\u0301\u0302", fault.BadRequest, "at least one character"},
		{"joiners alone", "\u200d\u200d", fault.BadRequest, "at least one character"},
		{"33 characters", strings.Repeat("a", 33), fault.TooLong, "32 characters"},
		{"129 bytes", strings.Repeat("小", 31) + strings.Repeat("é", 18), fault.TooLong, "128 bytes"},
		{"a megabyte", strings.Repeat("a", 1<<20), fault.TooLong, "32 characters"},
		{"bad UTF-8", "ad\xffa", fault.BadRequest, "UTF-8"},
		{"a line break", "ada\nbob", fault.BadRequest, "control"},
		{"a null", "ada\x00", fault.BadRequest, "control"},
		{"an escape", "\x1b[31mada", fault.BadRequest, "control"},
		{"a line separator", "ada\u2028bob", fault.BadRequest, "control"},
		{"a right-to-left override", "ada\u202egnp", fault.BadRequest, "direction"},
		{"an isolate", "\u2066ada", fault.BadRequest, "direction"},
		{"a right-to-left mark", "ada\u200f", fault.BadRequest, "direction"},
		{"a zero-width space", "a\u200bda", fault.BadRequest, "do not show"},
		{"a tag character", "ada\U000e0061", fault.BadRequest, "do not show"},
		{"five marks in a row", "a" + marks(5), fault.BadRequest, "4 combining marks"},
		{"owner", "owner", fault.BadRequest, "uses for itself"},
		{"capitals", "SYSTEM", fault.BadRequest, "uses for itself"},
		{"Cyrillic letters", "оwnеr", fault.BadRequest, "uses for itself"},
		{"Cyrillic capitals", "НOST", fault.BadRequest, "uses for itself"},
		{"Greek capitals", "ΗΟST", fault.BadRequest, "uses for itself"},
		{"digits", "h0st", fault.BadRequest, "uses for itself"},
		{"a dollar", "ho$t", fault.BadRequest, "uses for itself"},
		{"full width", "ｈｕｂ", fault.BadRequest, "uses for itself"},
		{"circles", "ⓗⓤⓑ", fault.BadRequest, "uses for itself"},
		{"bold", "𝐡𝐨𝐬𝐭", fault.BadRequest, "uses for itself"},
		{"accents", "öwnér", fault.BadRequest, "uses for itself"},
		{"blanks and points", "h u b.", fault.BadRequest, "uses for itself"},
		{"rn for m", "systern", fault.BadRequest, "uses for itself"},
		{"vv for w", "ovvner", fault.BadRequest, "uses for itself"},
	} {
		t.Run(c.what, func(t *testing.T) {
			got, err := peer.CheckName(c.name)
			if err == nil {
				t.Fatalf("CheckName(%.40q) = %q, want a refusal", c.name, got)
			}
			f := fault.From(err)
			if f.Code != c.code || f.Field != "name" || !strings.Contains(f.Message, c.says) {
				t.Errorf("got %s in %q: %q; want %s in name, saying %q", f.Code, f.Field, f.Message, c.code, c.says)
			}
		})
	}
}

func TestCallerHasANameAndNoIdentity(t *testing.T) {
	for name, want := range map[string]string{"build bot": "build bot", "": "script", "owner": "script", "a\x00": "script"} {
		if got := peer.Caller(name); got != (peer.Face{Name: want, Script: true}) {
			t.Errorf("Caller(%q) = %+v, want the script %q", name, got, want)
		}
	}
}

// marks returns n combining marks that do not compose with anything.
func marks(n int) string { return strings.Repeat("\u0363", n) }

func FuzzCheckName(f *testing.F) {
	for _, seed := range []string{
		"ada", " ada  l. ", "e\u0301\u0301\u0301\u0301\u0301", "小明", "👩\u200d💻", "\u202eada", "оwner", "a\u2000\u0301b",
		"\xff", "\u1fef\u0344\u0f73", "ﷺﷺﷺﷺ", "\u3164", strings.Repeat("ﬃ", 40),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, err := peer.CheckName(name)
		if err != nil {
			if code := fault.From(err).Code; code != fault.BadRequest && code != fault.TooLong {
				t.Fatalf("refusal of %q has code %s", name, code)
			}
			return
		}
		runes := utf8.RuneCountInString(got)
		if runes < 1 || runes > peer.MaxNameRunes || len(got) > peer.MaxNameBytes || !norm.NFC.IsNormalString(got) {
			t.Fatalf("CheckName(%q) = %q: %d characters, %d bytes", name, got, runes, len(got))
		}
		if strings.ContainsAny(got, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\n\r\t") {
			t.Fatalf("CheckName(%q) = %q lets a forbidden character through", name, got)
		}
		if again, err := peer.CheckName(got); err != nil || again != got {
			t.Fatalf("CheckName of its own %q = %q, %v", got, again, err)
		}
	})
}
