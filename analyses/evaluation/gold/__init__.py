"""Our own texts with known answers, written for this project; no engine was made from the part it is measured on."""
