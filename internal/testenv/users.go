package testenv

import (
	"context"
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// tokenLifetime outlasts every test and every demo.
const tokenLifetime = 12 * time.Hour

// KubeConfig returns a kubeconfig for a user of that name in those groups, by client certificate. What the user may do is up
// to RBAC; the group system:masters may do everything.
func (e *Environment) KubeConfig(user string, groups ...string) ([]byte, error) {
	added, err := e.plane.AddUser(envtest.User{Name: user, Groups: groups}, nil)
	if err != nil {
		return nil, fmt.Errorf("adding user %q: %w", user, err)
	}
	kubeconfig, err := added.KubeConfig()
	if err != nil {
		return nil, fmt.Errorf("writing a kubeconfig for user %q: %w", user, err)
	}
	return kubeconfig, nil
}

// ServiceAccountKubeConfig returns a kubeconfig with a token of a service account, which must exist. Its context starts in
// the account's namespace.
func (e *Environment) ServiceAccountKubeConfig(ctx context.Context, namespace, name string) ([]byte, error) {
	token, err := e.ServiceAccountToken(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	kubeconfig, err := clientcmd.Write(e.tokenKubeConfig(namespace, token))
	if err != nil {
		return nil, fmt.Errorf("writing a kubeconfig for service account %s/%s: %w", namespace, name, err)
	}
	return kubeconfig, nil
}

// ServiceAccountToken asks the API server for a token of a service account, for the API server itself or for the audiences
// given, such as the one that workload identity federation expects.
func (e *Environment) ServiceAccountToken(ctx context.Context, namespace, name string, audiences ...string) (string, error) {
	admin, err := client.New(e.config, client.Options{})
	if err != nil {
		return "", fmt.Errorf("requesting a token: %w", err)
	}
	seconds := int64(tokenLifetime.Seconds())
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	request := &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{Audiences: audiences, ExpirationSeconds: &seconds},
	}
	if err := admin.SubResource("token").Create(ctx, account, request); err != nil {
		return "", fmt.Errorf("requesting a token for service account %s/%s: %w", namespace, name, err)
	}
	return request.Status.Token, nil
}

func (e *Environment) tokenKubeConfig(namespace, token string) clientcmdapi.Config {
	const name = "testenv"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: e.config.Host, CertificateAuthorityData: e.config.CAData}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: namespace}
	config.CurrentContext = name
	return *config
}
