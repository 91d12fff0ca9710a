package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"hearth/backend/fault"
	"hearth/backend/server"
)

func TestJSONFromStrangersIsReadStrictly(t *testing.T) {
	nested := func(n int) string { return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}` }
	many := func(n int, last string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"k%d":%d,`, i, i)
		}
		return "{" + b.String() + last + "}"
	}
	for name, c := range map[string]struct {
		in string
		ok bool
	}{
		"empty":                  {``, false},
		"blank":                  {`  `, false},
		"object":                 {` {"a":1} ` + "\r\n\t", true},
		"empty object":           {`{}`, true},
		"array":                  {`[]`, false},
		"string":                 {`"a"`, false},
		"number":                 {`1`, false},
		"null":                   {`null`, false},
		"html":                   {`<html>`, false},
		"all kinds":              {`{"a":[1,-0.5e+10,"x",true,false,null,{}],"b":{"c":[]}}`, true},
		"escapes":                {`{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, true},
		"unfinished":             {`{"a":1`, false},
		"unfinished string":      {`{"a":"x`, false},
		"unfinished escape":      {`{"a":"\`, false},
		"bad escape":             {`{"a":"\x"}`, false},
		"bad hex":                {`{"a":"\u00g0"}`, false},
		"raw newline":            {"{\"a\":\"x\ny\"}", false},
		"trailing comma":         {`{"a":1,}`, false},
		"trailing comma array":   {`{"a":[1,]}`, false},
		"no colon":               {`{"a" 1}`, false},
		"no quotes":              {`{a:1}`, false},
		"single quotes":          {`{'a':1}`, false},
		"leading zero":           {`{"a":01}`, false},
		"plus":                   {`{"a":+1}`, false},
		"bare point":             {`{"a":1.}`, false},
		"bare exponent":          {`{"a":1e}`, false},
		"bare minus":             {`{"a":-}`, false},
		"infinity":               {`{"a":Infinity}`, false},
		"comment":                {`{"a":1}//`, false},
		"two objects":            {`{"a":1}{"a":2}`, false},
		"trailing word":          {`{"a":1} x`, false},
		"NUL":                    {"{\"a\":1}\x00", false},
		"BOM":                    {"\ufeff{}", false},
		"twice":                  {`{"a":1,"a":2}`, false},
		"twice by an escape":     {`{"a":1,"\u0061":2}`, false},
		"twice below":            {`{"a":{"b":1,"b":2}}`, false},
		"twice, not in one":      {`{"a":{"b":1},"b":{"a":2}}`, true},
		"cases differ":           {`{"a":1,"A":2}`, true},
		"bad UTF-8":              {"{\"a\":\"\xff\"}", false},
		"bad UTF-8 in a name":    {"{\"\xc3\":1}", false},
		"deep enough":            {nested(32), true},
		"too deep":               {nested(33), false},
		"absurdly deep":          {nested(20000), false},
		"many names":             {many(1000, `"z":0`), true},
		"many names, last twice": {many(1000, `"k3":0`), false},
		"many, an early twice":   {many(1000, `"k999":0`), false},
	} {
		_, err := server.ParseObject([]byte(c.in))
		if (err == nil) != c.ok {
			t.Errorf("%s: got %v, want ok %v", name, err, c.ok)
		}
		if err != nil && !fault.Is(err, fault.BadJSON) {
			t.Errorf("%s: got %v, want bad_json", name, err)
		}
	}
}

func TestJSONNamesTheFieldOfAWrongType(t *testing.T) {
	for in, read := range map[string]func(*server.Object){
		`{"x":1}`:                      func(o *server.Object) { o.Text("x") },
		`{"x":["a"]}`:                  func(o *server.Object) { o.Text("x") },
		`{"x":"1"}`:                    func(o *server.Object) { o.Whole("x") },
		`{"x":-1}`:                     func(o *server.Object) { o.Whole("x") },
		`{"x":1.5}`:                    func(o *server.Object) { o.Whole("x") },
		`{"x":1e3}`:                    func(o *server.Object) { o.Whole("x") },
		`{"x":9007199254740992}`:       func(o *server.Object) { o.Whole("x") },
		`{"x":99999999999999999999}`:   func(o *server.Object) { o.Whole("x") },
		`{"x":"a,b"}`:                  func(o *server.Object) { o.Texts("x") },
		`{"x":[1]}`:                    func(o *server.Object) { o.Texts("x") },
		`{"x":7}`:                      func(o *server.Object) { o.Position("x") },
		`{"x":{"epoch":1,"seq":1}}`:    func(o *server.Object) { o.Position("x") },
		`{"x":{"epoch":"a","seq":-1}}`: func(o *server.Object) { o.Position("x") },
	} {
		o, err := server.ParseObject([]byte(in))
		if err != nil {
			t.Fatalf("%s: %v", in, err)
		}
		read(o)
		o.Text("absent")
		if f := fault.From(o.Err()); f == nil || f.Code != fault.BadJSON || f.Field != "x" {
			t.Errorf("%s: got %v, want bad_json in x", in, o.Err())
		}
	}
}

func TestJSONNullIsAbsent(t *testing.T) {
	o, err := server.ParseObject([]byte(`{"a":null,"b":"x","c":9007199254740991}`))
	if err != nil {
		t.Fatal(err)
	}
	if a, b, c := o.Text("a"), o.Text("b"), o.Whole("c"); a != "" || b != "x" || c != 1<<53-1 || o.Err() != nil {
		t.Errorf("got %q %q %d %v", a, b, c, o.Err())
	}
}

// What is accepted is JSON, and reads as the standard library reads it.
func FuzzObject(f *testing.F) {
	seeds := []string{`{"id":1,"op":"follow","topic":"room/lobby","from":{"epoch":"q3","seq":120}}`, `{"a":"\ud800"}`, `{"a":"\u0000"}`,
		`{"id":2,"op":"post","room":"lobby","client_id":"01J","text":"hi \"there\" \u00e9"}`, `{"a":[1e5,-0,{}]}`, `{"":""}`}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := server.ParseObject(data)
		if err != nil {
			return
		}
		if !json.Valid(data) || !utf8.Valid(data) {
			t.Fatalf("accepted %q", data)
		}
		var want map[string]any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("accepted %q: %v", data, err)
		}
		if len(want) != o.Len() {
			t.Fatalf("%q has %d names, want %d", data, o.Len(), len(want))
		}
		for name, v := range want {
			if text, ok := v.(string); ok && o.Text(name) != text {
				t.Fatalf("%q: %q is %q, want %q", data, name, o.Text(name), text)
			}
		}
	})
}
