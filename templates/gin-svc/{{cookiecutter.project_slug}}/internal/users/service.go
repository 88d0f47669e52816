package users

import (
	"context"
	"errors"
	"fmt"

{% if cookiecutter.auth == 'jwt' %}
	"{{ cookiecutter.__module }}/internal/auth"
{% endif %}
	"{{ cookiecutter.__module }}/internal/db"
	"{{ cookiecutter.__module }}/internal/web"
)

// errEmailTaken says that another user has the e-mail address.
var errEmailTaken = &db.ConflictError{Detail: "The e-mail address is already taken."}

{% if cookiecutter.auth == 'jwt' %}
// Service changes users by the rules that hold whatever the store is.
type Service struct {
	store  *Store
	hasher *auth.Hasher
}

// NewService returns a service that keeps its users in the store, and of their passwords what the hasher makes of them.
func NewService(store *Store, hasher *auth.Hasher) *Service {
	return &Service{store: store, hasher: hasher}
}

// Create makes a user, who has the role user and no password unless the body says otherwise.
func (s *Service) Create(ctx context.Context, body Create) (*User, error) {
	user := &User{Credentials: auth.Credentials{Role: auth.RoleUser, SessionEpoch: 1}, Version: 1}
	if body.Password.Sent {
		hash, err := s.hasher.Hash(ctx, body.Password.Value)
		if err != nil {
			return nil, err
		}
		user.PasswordHash = &hash
	}
	body.Role.SetTo(&user.Role)
	body.applyTo(user)
	user.CreatedAt = db.Now()
	user.UpdatedAt = user.CreatedAt
	if err := s.store.Insert(ctx, user); err != nil {
		return nil, named("create a user", err)
	}
	return user, nil
}

// Replace gives a user new values.
func (s *Service) Replace(ctx context.Context, id int64, body Create, condition web.IfMatch) (*User, error) {
	return s.update(ctx, id, condition, body.Password, body.Role, body.applyTo)
}

// Change gives some of a user's fields new values.
func (s *Service) Change(ctx context.Context, id int64, body Patch, condition web.IfMatch) (*User, error) {
	return s.update(ctx, id, condition, body.Password, body.Role, body.applyTo)
}

// update hashes a password before the transaction begins, which would otherwise hold the row for as long.
func (s *Service) update(
	ctx context.Context, id int64, condition web.IfMatch,
	password web.Optional[string], role web.Optional[auth.Role], apply func(user *User),
) (*User, error) {
	var hash *string
	if password.Sent {
		made, err := s.hasher.Hash(ctx, password.Value)
		if err != nil {
			return nil, err
		}
		hash = &made
	}
	user, err := s.store.Update(ctx, id, func(user *User) error {
		if err := condition.Check("user", user.Version); err != nil {
			return err
		}
		apply(user)
		newRole := user.Role
		role.SetTo(&newRole)
		user.Credentials.Change(hash, newRole)
		return nil
	})
	if err != nil {
		return nil, named(fmt.Sprintf("change the user %d", id), err)
	}
	return user, nil
}
{% else %}
// Service changes users by the rules that hold whatever the store is.
type Service struct {
	store *Store
}

// NewService returns a service that keeps its users in the store.
func NewService(store *Store) *Service {
	return &Service{store: store}
}

// Create makes a user.
func (s *Service) Create(ctx context.Context, body Create) (*User, error) {
	created := db.Now()
	user := &User{CreatedAt: created, UpdatedAt: created, Version: 1}
	body.applyTo(user)
	if err := s.store.Insert(ctx, user); err != nil {
		return nil, named("create a user", err)
	}
	return user, nil
}

// Replace gives a user new values.
func (s *Service) Replace(ctx context.Context, id int64, body Create, condition web.IfMatch) (*User, error) {
	return s.update(ctx, id, condition, body.applyTo)
}

// Change gives some of a user's fields new values.
func (s *Service) Change(ctx context.Context, id int64, body Patch, condition web.IfMatch) (*User, error) {
	return s.update(ctx, id, condition, body.applyTo)
}

func (s *Service) update(ctx context.Context, id int64, condition web.IfMatch, apply func(user *User)) (*User, error) {
	user, err := s.store.Update(ctx, id, func(user *User) error {
		if err := condition.Check("user", user.Version); err != nil {
			return err
		}
		apply(user)
		return nil
	})
	if err != nil {
		return nil, named(fmt.Sprintf("change the user %d", id), err)
	}
	return user, nil
}
{% endif %}

// Get returns a user, or a *db.NotFoundError.
func (s *Service) Get(ctx context.Context, id int64) (*User, error) {
	user, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read the user %d: %w", id, err)
	}
	return user, nil
}

// List returns a page of users, with their profiles where the query asks for them.
func (s *Service) List(ctx context.Context, query ListQuery) (web.Page[User], error) {
	found, err := s.store.List(ctx, query)
	if err != nil {
		return web.Page[User]{}, fmt.Errorf("list users: %w", err)
	}
	return web.NewPage(found, query.Limit, func(user User) int64 { return user.ID }), nil
}

// Delete removes a user, and with it the profile.
func (s *Service) Delete(ctx context.Context, id int64, condition web.IfMatch) error {
	err := s.store.Delete(ctx, id, func(user *User) error { return condition.Check("user", user.Version) })
	if err != nil {
		return fmt.Errorf("delete the user %d: %w", id, err)
	}
	return nil
}

// Profile returns a user's profile, or nil where there is none.
func (s *Service) Profile(ctx context.Context, userID int64) (*Profile, error) {
	profile, err := s.store.Profile(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("read the profile of user %d: %w", userID, err)
	}
	return profile, nil
}

// PutProfile gives a user a profile in place of the one that there may be. The same values change nothing.
func (s *Service) PutProfile(ctx context.Context, userID int64, body PutProfile) (*Profile, error) {
	profile := Profile{UserID: userID, Bio: body.Bio, Location: body.Location, Website: body.Website, UpdatedAt: db.Now()}
	kept, err := s.store.PutProfile(ctx, profile)
	if err != nil {
		return nil, fmt.Errorf("change the profile of user %d: %w", userID, err)
	}
	return kept, nil
}

// named says what was being done, and which constraint stands for an e-mail address that is taken.
func named(doing string, err error) error {
	if duplicate, ok := errors.AsType[*db.DuplicateError](err); ok && duplicate.Constraint == "uq_users_email" {
		return errEmailTaken
	}
	return fmt.Errorf("%s: %w", doing, err)
}
