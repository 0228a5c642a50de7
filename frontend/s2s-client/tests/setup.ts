import { configure } from "@testing-library/dom";

// The tests wait for what appears, never for a time; a busy machine may need longer than the library's second.
configure({ asyncUtilTimeout: 15_000 });
