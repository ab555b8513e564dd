#!/usr/bin/env node
import "../dist/kubernetes/command/main.js";
