package settings

// Read lets a test read settings of its own.
func Read[T any](loaded *T, lookup Lookup) error { return read(loaded, lookup) }
