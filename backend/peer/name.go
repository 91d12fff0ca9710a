package peer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hearth/backend/fault"
)

const (
	MaxNameRunes = 32  // characters of a name, after NFC
	MaxNameBytes = 128 // bytes of a name in UTF-8
	MaxMarks     = 4   // combining marks in a row: more of them paint over the lines above and below
)

// CheckName returns the name as it is kept: in NFC, trimmed, each run of blanks one space. It refuses, with a sentence
// that says why, what is too long, what does not show, what could disturb the text around it, and what looks like one of
// the hub's own words. CheckName of a name it returned returns it unchanged.
func CheckName(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", refuse("a name must be text in UTF-8")
	}
	if len(name) > 8*MaxNameBytes { // no work for what cannot become short enough
		return "", tooLong()
	}
	name = strings.TrimSpace(norm.NFC.String(name))
	if err := checkRunes(name); err != nil {
		return "", err
	}
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case !visible(name):
		return "", refuse("a name needs at least one character that shows")
	case utf8.RuneCountInString(name) > MaxNameRunes || len(name) > MaxNameBytes:
		return "", tooLong()
	case reserved[skeleton(name)]:
		return "", refuse("%q looks like a word that the hub uses for itself; choose another name", name)
	}
	return name, nil
}

func refuse(format string, args ...any) error {
	return fault.New(fault.BadRequest, format, args...).In("name")
}

func tooLong() error {
	return fault.New(fault.TooLong, "a name has at most %d characters and %d bytes", MaxNameRunes, MaxNameBytes).In("name")
}

func checkRunes(name string) error {
	marks := 0
	for _, r := range name {
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case marks > MaxMarks:
			return refuse("a name may not have more than %d combining marks in a row", MaxMarks)
		case unicode.Is(unicode.Cc, r), unicode.In(r, unicode.Zl, unicode.Zp):
			return refuse("a name may not contain control characters or line breaks")
		case unicode.Is(unicode.Bidi_Control, r):
			return refuse("a name may not contain characters that turn the direction of text")
		case unicode.Is(unicode.Cf, r) && !joiner(r):
			return refuse("a name may not contain characters that do not show")
		}
	}
	return nil
}

// joiner reports the two format characters that names need: in emoji, and in Persian and Indian scripts.
func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// blanks are letters and symbols that draw nothing.
const blanks = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

// visible reports whether anything of name shows.
func visible(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !strings.ContainsRune(blanks, r)
	})
}

// reserved are the words by which the hub speaks of itself; a peer that took one could speak in its place.
var reserved = map[string]bool{"owner": true, "system": true, "hub": true, "host": true}

// lookAlikes maps characters to the letter of a reserved word that they can be taken for. Capitals stand here where their
// small letter looks different. What compatibility decomposition folds (full width, superscript, mathematical) needs none.
var lookAlikes = func() map[rune]rune {
	m := make(map[rune]rune)
	for letter, alike := range map[rune]string{
		'o': "0оОοΟօՕσ", 'w': "ԝԜѡωɯ", 'n': "ոռηΝпɴ", 'e': "3еЕєЄҽεΕ", 'r': "гɼʀ", 's': "5$ѕЅꜱ", 'y': "уУүҮγΥ",
		't': "7+тТτΤ", 'm': "мМΜᴍ", 'h': "һҺнНΗհʜ", 'u': "υսʋμ", 'b': "68вВβΒЬьʙ",
	} {
		for _, r := range alike {
			m[r] = letter
		}
	}
	return m
}()

// skeleton returns what a hurried reader takes name for: small Latin letters where it resembles them, without marks,
// blanks and punctuation.
func skeleton(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if letter, ok := lookAlikes[r]; ok {
			b.WriteRune(letter)
		} else if unicode.In(r, unicode.L, unicode.N) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.NewReplacer("vv", "w", "rn", "m").Replace(b.String())
}

// fold returns name so that two names that differ in case alone are equal.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, name)
}
