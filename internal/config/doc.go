// Package config is the one typed description of how an installation is set up:
// defaults of a profile, then a YAML file, then environment variables. Validate
// lists every problem at once; Print never shows a secret. It reads files and
// nothing else: no package asks it for values later, app hands them out.
package config
