package msgraph

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rolewarden/rolewarden/internal/graph"
)

// TestMalformedLists are answers with a 200 that must never be taken for an empty list.
func TestMalformedLists(t *testing.T) {
	row := rowJSON("a-1", aKey())
	cases := map[string]http.HandlerFunc{
		"empty":                answerWith(200, ""),
		"HTML":                 answerWith(200, "<html></html>", "Content-Type", "text/html"),
		"JSON said to be HTML": answerWith(200, `{"value":[]}`, "Content-Type", "text/html"),
		"no content type":      answerWith(200, `{"value":[]}`, "Content-Type", ""),
		"null":                 answerWith(200, "null"),
		"an array":             answerWith(200, "[]"),
		"no value":             answerWith(200, "{}"),
		"value is null":        answerWith(200, `{"value":null}`),
		"value is an object":   answerWith(200, `{"value":{}}`),
		"value is a string":    answerWith(200, `{"value":"none"}`),
		"truncated":            answerWith(200, `{"value":[`+row+`,`),
		"trailing":             answerWith(200, `{"value":[]}{`),
		"a null row":           answerWith(200, `{"value":[null]}`),
		"an empty row":         answerWith(200, `{"value":[{}]}`),
		"a row that is text":   answerWith(200, `{"value":["x"]}`),
		"an ID that is none":   answerWith(200, `{"value":[{"id":"","principalId":"x","roleDefinitionId":"y"}]}`),
		"a number for an ID":   answerWith(200, `{"value":[{"id":5}]}`),
		"an error with 200":    answerWith(200, graphError("Request_BadRequest", "x")),
		"a row cut in half":    answerWith(200, `{"value":[{"id":"a-1","principalId":"`+principal+`"}]}`),
		"204":                  answerWith(204, ""),
		"206":                  answerWith(206, `{"value":[]}`),
		"404 of Graph":         answerWith(404, graphError("Request_ResourceNotFound", "Resource 'x' does not exist")),
		"404 of a proxy":       answerWith(404, "<html>"),
		"an expired page":      answerWith(400, graphError("Directory_ExpiredPageToken", "x")),
	}
	for name, handler := range cases {
		for _, read := range []string{"find", "roles", "user", "group", "sp", "unit"} {
			if read != "find" && strings.Contains(name, "row cut") {
				continue // Whole for the others' purposes.
			}
			t.Run(name+"/"+read, func(t *testing.T) {
				s := newServer(t)
				s.onGraph(handler)
				e := failure(t, operations()[read](t.Context(), s.client(t)))
				if e.Class != graph.Unknown && e.Class != graph.Transient {
					t.Errorf("class %v, want one that proves nothing (%v)", e.Class, e)
				}
			})
		}
	}
}

func TestMalformedCreations(t *testing.T) {
	cases := map[string]http.HandlerFunc{
		"empty":       answerWith(201, ""),
		"HTML":        answerWith(201, "<html></html>", "Content-Type", "text/html"),
		"null":        answerWith(201, "null"),
		"no ID":       answerWith(201, `{"principalId":"`+principal+`"}`),
		"truncated":   answerWith(201, `{"id":"a-1","principalId":"`),
		"204":         answerWith(204, ""),
		"200":         answerWith(200, rowJSON("a-1", aKey())),
		"wrong types": answerWith(201, `{"id":["a-1"]}`),
	}
	for name, handler := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.onGraph(handler)
			_, err := s.client(t).CreateRoleAssignment(t.Context(), aKey())
			if e := failure(t, err); !graph.Unanswered(e) {
				t.Errorf("%v counts as answered, but the assignment may exist", err)
			}
		})
	}
}

func TestAnswersAreBounded(t *testing.T) {
	s := newServer(t)
	s.onGraph(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for range maxBody >> 16 {
			if _, err := w.Write([]byte(strings.Repeat(" ", 1<<16))); err != nil {
				return
			}
		}
		_, _ = w.Write([]byte(`{"value":[]}`))
	})
	_, err := s.client(t).RoleDefinitions(t.Context())
	if e := failure(t, err); e.Class != graph.Transient {
		t.Errorf("got %v, want an answer that was not read", e)
	}
}
