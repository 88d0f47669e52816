{% set with_access = ', access NewAccess' if cookiecutter.auth == 'jwt' else '' %}
{% set access = ', access' if cookiecutter.auth == 'jwt' else '' %}
package users

import (
	"context"
	"errors"
	"time"
)

// Store keeps users and their profiles. No method leaves a change half done.
type Store interface {
	// Insert stores a new user and returns its id, which was never in use before, or ErrEmailTaken.
	Insert(ctx context.Context, user User) (int64, error)
	// User returns a *NotFoundError where there is none.
	User(ctx context.Context, id int64) (User, error)
	// Users returns the selected users by ascending id.
	Users(ctx context.Context, query Query) ([]User, error)
	// Update stores a user if the stored one is still at the version before it, and reports whether it was.
	// It returns ErrEmailTaken where another user has the e-mail address.
	Update(ctx context.Context, user User) (bool, error)
	// Delete removes a user and its profile if the user is still at this version, and reports whether it was.
	Delete(ctx context.Context, id, version int64) (bool, error)
	// Profile returns a *ProfileNotFoundError where there is none, whether or not the user exists.
	Profile(ctx context.Context, userID int64) (Profile, error)
	// Profiles returns the profiles of these users by user id, in one query.
	Profiles(ctx context.Context, userIDs []int64) (map[int64]Profile, error)
	// PutProfile stores or replaces a profile. It returns a *NotFoundError where there is no such user.
	PutProfile(ctx context.Context, profile Profile) error
}

// Service changes users by the rules that hold whatever the store is.
{% if cookiecutter.auth == 'jwt' %}
type Service struct {
	store  Store
	hasher Hasher
}

// NewService returns a service that keeps its users in the store, and of their passwords what the hasher makes of them.
func NewService(store Store, hasher Hasher) *Service {
	return &Service{store: store, hasher: hasher}
}
{% else %}
type Service struct {
	store Store
}

// NewService returns a service that keeps its users in the store.
func NewService(store Store) *Service {
	return &Service{store: store}
}
{% endif %}

{% if cookiecutter.auth == 'jwt' %}
// Create stores a new user, who has the role user and no password unless access says otherwise, or returns ErrEmailTaken.
// What the hasher returns, it returns too.
{% else %}
// Create stores a new user, or returns ErrEmailTaken.
{% endif %}
func (s *Service) Create(ctx context.Context, draft Draft{{ with_access }}) (User, error) {
{% if cookiecutter.auth == 'jwt' %}
	grant, err := s.grant(ctx, access)
	if err != nil {
		return User{}, err
	}
{% endif %}
	created := now()
	user := User{Draft: draft, CreatedAt: created, UpdatedAt: created, Version: 1}
{% if cookiecutter.auth == 'jwt' %}
	user.Access = grant(Access{Role: RoleUser})
	user.SessionEpoch = 1
{% endif %}
	id, err := s.store.Insert(ctx, user)
	user.ID = id
	return user, err
}

// Get returns a user, or a *NotFoundError.
func (s *Service) Get(ctx context.Context, id int64) (User, error) {
	return s.store.User(ctx, id)
}

// List returns a page of users.
func (s *Service) List(ctx context.Context, query Query) (Page, error) {
	limit := query.Limit
	query.Limit++
	found, err := s.store.Users(ctx, query)
	if err != nil || len(found) <= limit {
		return Page{Users: found}, err
	}
	return Page{Users: found[:limit], Next: found[limit-1].ID}, nil
}

// Replace gives a user new values. It returns a *NotFoundError, ErrVersionMismatch or ErrEmailTaken where it can't.
func (s *Service) Replace(ctx context.Context, id int64, draft Draft{{ with_access }}, accepted Versions) (User, error) {
	return s.update(ctx, id, accepted, func(Draft) Draft { return draft }{{ access }})
}

// Change gives some of a user's fields new values. It fails as Replace does.
func (s *Service) Change(ctx context.Context, id int64, changes Changes{{ with_access }}, accepted Versions) (User, error) {
	return s.update(ctx, id, accepted, changes.applyTo{{ access }})
}

// Delete removes a user and its profile, or returns a *NotFoundError or ErrVersionMismatch.
func (s *Service) Delete(ctx context.Context, id int64, accepted Versions) error {
	for {
		user, err := s.store.User(ctx, id)
		if err != nil {
			return err
		}
		if !accepted.Accept(user.Version) {
			return ErrVersionMismatch
		}
		deleted, err := s.store.Delete(ctx, id, user.Version)
		if err != nil || deleted {
			return err
		}
	}
}

// Profile returns a user's profile, a *NotFoundError or a *ProfileNotFoundError.
func (s *Service) Profile(ctx context.Context, userID int64) (Profile, error) {
	profile, err := s.store.Profile(ctx, userID)
	if _, missing := errors.AsType[*ProfileNotFoundError](err); missing {
		if _, err := s.store.User(ctx, userID); err != nil {
			return Profile{}, err
		}
	}
	return profile, err
}

// Profiles returns the profiles of those of these users that have one, by user id.
func (s *Service) Profiles(ctx context.Context, list []User) (map[int64]Profile, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(list))
	for i, user := range list {
		ids[i] = user.ID
	}
	return s.store.Profiles(ctx, ids)
}

// PutProfile gives a user a profile in place of the one it may have, or returns a *NotFoundError.
func (s *Service) PutProfile(ctx context.Context, userID int64, draft ProfileDraft) (Profile, error) {
	profile, err := s.store.Profile(ctx, userID)
	if _, missing := errors.AsType[*ProfileNotFoundError](err); err != nil && !missing {
		return Profile{}, err
	}
	if err == nil && profile.ProfileDraft == draft {
		return profile, nil
	}
	profile = Profile{UserID: userID, ProfileDraft: draft, UpdatedAt: now()}
	return profile, s.store.PutProfile(ctx, profile)
}

// update starts again from the read whenever another change came in between.
func (s *Service) update(ctx context.Context, id int64, accepted Versions, change func(Draft) Draft{{ with_access }}) (User, error) {
{% if cookiecutter.auth == 'jwt' %}
	grant, err := s.grant(ctx, access)
	if err != nil {
		return User{}, err
	}
{% endif %}
	for {
		user, err := s.store.User(ctx, id)
		if err != nil {
			return User{}, err
		}
		if !accepted.Accept(user.Version) {
			return User{}, ErrVersionMismatch
		}
		draft := change(user.Draft)
{% if cookiecutter.auth == 'jwt' %}
		granted := grant(user.Access)
		if draft.equal(user.Draft) && granted == user.Access {
			return user, nil
		}
		user.Draft, user.Access = draft, granted
{% else %}
		if draft.equal(user.Draft) {
			return user, nil
		}
		user.Draft = draft
{% endif %}
		user.UpdatedAt = now()
		user.Version++
		updated, err := s.store.Update(ctx, user)
		if err != nil || updated {
			return user, err
		}
	}
}

// now returns the time as it is kept: in UTC, cut to milliseconds.
func now() time.Time {
	return time.Now().UTC().Truncate(time.Millisecond)
}
