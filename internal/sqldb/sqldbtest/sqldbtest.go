// Package sqldbtest runs a test on SQLite and on PostgreSQL, each time on a
// database of its own that begins with the migrated schema.
package sqldbtest

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/secret"
	"sallyport/internal/sqldb"
)

// PostgresEnv names the variable that holds the address of a PostgreSQL server
// for tests, whose user may create databases. `make test` sets it.
const PostgresEnv = "SALLYPORT_TEST_POSTGRES"

// Proving tells whether the tests run to prove a release: `make prove` sets
// SALLYPORT_PROVE to 1.
func Proving() bool { return os.Getenv("SALLYPORT_PROVE") == "1" }

// Schema brings the empty database at an address to where tests begin. Each is
// run once for each kind of database, and copied.
type Schema struct {
	Name    string // of this schema alone
	Prepare func(ctx context.Context, address string) error
}

// Of is the schema that migrations make.
func Of(migrations fs.FS) Schema {
	return Schema{fmt.Sprintf("%T %v", migrations, migrations), func(ctx context.Context, address string) error {
		db, err := sqldb.Open(ctx, address, sqldb.Options{Clock: time.Now})
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Migrate(ctx, migrations)
		return err
	}}
}

// Each runs fn as two subtests. The address it gives can be opened again, as a
// second replica would.
func Each(t *testing.T, migrations fs.FS, fn func(t *testing.T, address string)) {
	t.Helper()
	EachOf(t, Of(migrations), fn)
}

// EachOf is Each for any schema.
func EachOf(t *testing.T, schema Schema, fn func(t *testing.T, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t, schema))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t, schema))
	})
}

// EachWhenProving is Each for a slow test whose subject does not differ by database: it
// runs on SQLite always, and on PostgreSQL only when Proving.
func EachWhenProving(t *testing.T, migrations fs.FS, fn func(t *testing.T, address string)) {
	t.Helper()
	if Proving() {
		Each(t, migrations, fn)
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t, Of(migrations)))
	})
}

// Open opens address with the given clock and closes it when the test ends. A
// transaction whose own work holds the writers too long fails the test.
func Open(t testing.TB, address string, clock func() time.Time) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), address, sqldb.Options{Clock: clock, MaxOpen: 6, OnHeld: CheckHold(t, address)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

type templates struct {
	sync.Mutex
	made map[string]string
}

var sqliteTemplates, postgresTemplates = &templates{made: map[string]string{}}, &templates{made: map[string]string{}}

// once returns the template for these migrations, made the first time only.
func (m *templates) once(schema Schema, make func() string) string {
	m.Lock()
	defer m.Unlock()
	if m.made[schema.Name] == "" {
		m.made[schema.Name] = make()
	}
	return m.made[schema.Name]
}

// SQLite gives the address of a fresh SQLite database alone, for tests that the
// database makes no difference to.
func SQLite(t testing.TB, schema Schema) string {
	t.Helper()
	template := sqliteTemplates.once(schema, func() string {
		dir, err := os.MkdirTemp("", "sallyport-test-*")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "template.db")
		prepare(t, "sqlite:"+path, schema)
		data, err := os.ReadFile(path)
		os.RemoveAll(dir)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	})
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, []byte(template), 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// Postgres gives the address of a fresh PostgreSQL database alone, for benchmarks.
func Postgres(t testing.TB, schema Schema) string {
	t.Helper()
	server := os.Getenv(PostgresEnv)
	if server == "" {
		t.Fatalf("%s is not set: run the tests with `make test`, or start a server with `scripts/postgres start`", PostgresEnv)
	}
	admin, err := admin()
	if err != nil {
		t.Fatal(err)
	}
	create := func(name, clause string) {
		if _, err := admin.ExecContext(context.Background(), "CREATE DATABASE "+name+" "+clause); err != nil {
			t.Fatalf("create test database: %v", err)
		}
	}
	template := postgresTemplates.once(schema, func() string {
		name := "template_" + secret.ID()
		create(name, "")
		prepare(t, inDatabase(server, name), schema)
		return name
	})
	name := "test_" + secret.ID()
	create(name, "TEMPLATE "+template+admin.copyFiles)
	t.Cleanup(func() { admin.Exec("DROP DATABASE " + name + " WITH (FORCE)") })
	return inDatabase(server, name)
}

// admin is the connection pool that creates and drops databases, with the fastest way to
// copy one: from PostgreSQL 15 on, files are copied only on request.
var admin = sync.OnceValues(func() (a struct {
	*sql.DB
	copyFiles string
}, err error) {
	if a.DB, err = sql.Open("pgx", os.Getenv(PostgresEnv)); err != nil {
		return a, err
	}
	var version int
	err = a.QueryRow(`SELECT current_setting('server_version_num')::int`).Scan(&version)
	if version >= 150000 {
		a.copyFiles = " STRATEGY file_copy"
	}
	return a, err
})

// inDatabase replaces the database's name in "postgres://user@host:port/NAME?options".
func inDatabase(server, name string) string {
	address, options, _ := strings.Cut(server, "?")
	return address[:strings.LastIndex(address, "/")+1] + name + "?" + options
}

func prepare(t testing.TB, address string, schema Schema) {
	t.Helper()
	if err := schema.Prepare(context.Background(), address); err != nil {
		t.Fatal(err)
	}
}
