// Package storetest
package storetest
