// Package fault is how the program says no.
package fault

import "fmt"

// Fault is a refusal: an HTTP status, a code for programs, a message for people.
type Fault struct {
	Status  int
	Code    string
	Message string
}

func (f *Fault) Error() string { return f.Code + ": " + f.Message }

// Invalid is a request that makes no sense.
func Invalid(format string, args ...interface{}) *Fault {
	return &Fault{400, "invalid", fmt.Sprintf(format, args...)}
}

// Unknown is a thing that is not there; what is "sku", "hold", ...
func Unknown(what, id string) *Fault {
	return &Fault{404, "unknown_" + what, fmt.Sprintf("there is no %s %q", what, id)}
}

// Conflict is a request that comes at the wrong moment.
func Conflict(code, format string, args ...interface{}) *Fault {
	return &Fault{409, code, fmt.Sprintf(format, args...)}
}
