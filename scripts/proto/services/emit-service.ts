import type { MessageModel, MethodModel, ServiceModel } from '../schema/model.ts';
import { doc } from '../text/doc.ts';

/** The description of a service: its methods in the form that a gRPC client or server takes. */
export function emitService(service: ServiceModel): string {
  const types = service.methods.map(
    ({ name, comment, request, response }) =>
      `${doc([comment])}readonly ${name}: RpcMethod<${request.name}, ${response.name}>;`,
  );
  const comment = doc([service.comment === '' ? `The methods of ${service.fullName}.` : service.comment]);
  return `
${comment}export const ${service.name}Service: {
  ${types.join('\n')}
} = {
  ${service.methods.map((method) => emitMethod(service, method)).join('\n')}
};
`;
}

function emitMethod({ fullName }: ServiceModel, method: MethodModel): string {
  const { name, protoName, request, response } = method;
  return `${name}: {
  path: '/${fullName}/${protoName}',
  requestStream: ${method.requestStream},
  responseStream: ${method.responseStream},
  requestSerialize: ${encoder(request)},
  requestDeserialize: ${decoder(request)},
  responseSerialize: ${encoder(response)},
  responseDeserialize: ${decoder(response)},
},`;
}

function encoder({ name, hasCodec }: MessageModel): string {
  return hasCodec ? `(message) => encodedObject(${name}, message)` : `encode${name}`;
}

function decoder({ name, hasCodec }: MessageModel): string {
  return hasCodec ? `(bytes) => ${name}.decode(bytes)` : `decode${name}`;
}
