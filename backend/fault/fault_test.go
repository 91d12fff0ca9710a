package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth/backend/fault"
)

func TestAForeignErrorKeepsItsTextFromPeople(t *testing.T) {
	secret := errors.New("open /home/ada/secret: denied")
	f := fault.From(secret)
	if f.Code != fault.Internal || strings.Contains(f.Message, "secret") {
		t.Errorf("got %s %q, want an internal fault that does not quote the error", f.Code, f.Message)
	}
	if !errors.Is(f, secret) {
		t.Error("the log must still find the error beneath")
	}
	if fault.From(nil) != nil || fault.Is(nil, fault.Internal) {
		t.Error("no error is no fault")
	}
}

func TestAFaultIsFoundThroughWhatWrapsIt(t *testing.T) {
	full := fault.New(fault.StorageFull, "the disk is full")
	err := fmt.Errorf("post to room lobby: %w", full)
	if fault.From(err) != full || !fault.Is(err, fault.StorageFull) || fault.Is(err, fault.Conflict) {
		t.Errorf("got %v", fault.From(err))
	}
}

func TestNamingTheFieldLeavesTheSharedFaultAlone(t *testing.T) {
	shared := fault.New(fault.RateLimited, "too often")
	told := shared.In("text").After(2 * time.Second)
	if told.Field != "text" || told.RetryAfter != 2*time.Second || told.Code != fault.RateLimited {
		t.Errorf("got %+v", told)
	}
	if shared.Field != "" || shared.RetryAfter != 0 {
		t.Errorf("the shared fault became %+v", shared)
	}
}
