document.getElementById("hello").textContent = "Scripts run, so the type of this file is right.";
