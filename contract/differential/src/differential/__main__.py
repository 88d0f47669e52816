from differential.cli import main

raise SystemExit(main())
