package assignmentid

import "testing"

func TestOf(t *testing.T) {
	tests := map[string]struct {
		role, principal, scope string
		want                   string
	}{
		"tenant": {
			"62e90394-69f5-4237-9190-012177145e10", "ace08ec9-aa11-4ada-9145-addf0398233e", "/",
			"lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1",
		},
		"application": {
			"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "6b937a9d-c731-465b-a844-2d5b5368c161", "/661e1310-bd76-4795-89a7-8f3c8f855bfc",
			"kl2Jm9Msx0SdAqasLV6lw516k2sxx1tGqEQtW1NowWEQEx5mdr2VR4mnjzyPhVv8-1",
		},
		"upper case names the same": {
			"62E90394-69F5-4237-9190-012177145E10", "ACE08EC9-AA11-4ADA-9145-ADDF0398233E", "/",
			"lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Of(tc.role, tc.principal, tc.scope)
			if err != nil || got != tc.want {
				t.Errorf("Of() = %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func TestOfAdministrativeUnit(t *testing.T) {
	// Read off the ID of a PIM instance, which is this and "-e".
	got, err := Of("fdd7a751-b60b-444a-984c-02652fe8fa1c", "fc9a2c2b-1ddc-486d-a211-5fe8ca77fa1f", "/administrativeUnits/dc626e71-4837-40eb-be4a-bc29d88a1178")
	if want := "UafX_Qu2SkSYTAJlL-j6HCssmvzcHW1IohFf6Mp3-h9xbmLcN0jrQL5KvCnYihF4-2"; err != nil || got != want {
		t.Errorf("Of() = %q, %v; want %q", got, err, want)
	}
}

func TestOfRefusesWhatIsNoGUID(t *testing.T) {
	if _, err := Of("x", "y", "/"); err == nil {
		t.Error("Of() accepted IDs that are no GUIDs")
	}
}
