using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using SmartCache.S3;

namespace SmartCache.Tests.Remote;

/// <summary>An S3 engine that answers what a test says, where no engine at hand has the fault. Nothing is on any wire.</summary>
internal sealed class ScriptedS3(Func<HttpRequestMessage, (HttpStatusCode Status, string Body, string? Minimum)> answer) : HttpMessageHandler
{
    private const string Header = "x-amz-transition-default-minimum-object-size";

    /// <summary>What was asked, as <c>METHOD path?query</c>.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The header of the last put that concerns the whole bucket.</summary>
    public string? Minimum { get; private set; }

    public IObjectStoreRules Rules()
    {
        var settings = S3Settings.From(new S3RemoteOptions { Endpoint = "http://engine.invalid", Bucket = "bucket", AccessKey = "access", SecretKey = "secret" });
        return new S3Rules(new AmazonS3Client(settings.Credentials, settings.ToConfig(new Clients(this))), settings);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
        if (request.Method == HttpMethod.Put)
        {
            Minimum = request.Headers.TryGetValues(Header, out var given) ? given.Single() : null;
        }

        var (status, body, minimum) = answer(request);
        var response = new HttpResponseMessage(status) { RequestMessage = request, Content = new StringContent(body, Encoding.UTF8, "application/xml") };
        if (minimum is not null)
        {
            response.Headers.Add(Header, minimum);
        }

        return Task.FromResult(response);
    }

    private sealed class Clients(HttpMessageHandler engine) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(engine, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
