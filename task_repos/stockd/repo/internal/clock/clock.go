// Package clock tells the time in whole Unix seconds, and lets staging stop it.
package clock

import (
	"sync"
	"time"
)

// Clock is the machine's clock until it is stopped.
type Clock struct {
	mu      sync.Mutex
	stopped int64 // 0: running
}

// Now returns the time.
func (c *Clock) Now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped != 0 {
		return c.stopped
	}
	return time.Now().Unix()
}

// Stop makes it t until told otherwise; 0 lets the clock run again.
func (c *Clock) Stop(t int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = t
}
