"""The error codes of the service: plain facts, one row a code; :mod:`pushspec.tencent.codes` reads them."""

from __future__ import annotations

# code | gone out? | why | remedy | who uses it | page | meaning | meaning in Chinese
# A code is "no" only if a page of an endpoint that sends pushes, or of the layers before it, lists it as a
# fault that is found before anything leaves. What speaks of a time-out, or stands on no such page, is "?".
ROWS = """
20001 | ?  | other   | edit  | sendmsg                   | codes        | the request is not valid | 请求包非法
20002 | ?  | other   | sign  | sendmsg                   | codes        | the UserSig or login key has expired | UserSig 或登录票据失效
20003 | ?  | other   | setup | sendmsg                   | codes        | sender or receiver is unknown | 收发账号无效
20004 | ?  | other   | ask   | sendmsg                   | codes        | network trouble inside the service | 服务端网络异常
20005 | ?  | other   | ask   | sendmsg                   | codes        | internal error of the service | 服务端内部错误
20006 | ?  | other   | none  | sendmsg                   | codes        | the app's own webhook refused the message | 被应用回调拒绝
20007 | ?  | other   | none  | sendmsg                   | codes        | the receiver has blocked the sender | 被对方拉黑
20009 | ?  | other   | none  | sendmsg                   | codes        | sender and receiver are not friends | 非好友禁发
20012 | ?  | other   | setup | sendmsg                   | codes        | the sender is muted | 发送方被禁言
20022 | ?  | other   | none  | withdraw                  | withdraw     | there is no such message | 消息不存在
20023 | ?  | other   | none  | withdraw                  | withdraw     | the message was withdrawn before | 消息已撤回过
22001 | ?  | other   | setup | client                    | codes        | no push certificate was uploaded | 未上传推送证书
60002 | no | access  | edit  | any                       | codes        | the HTTP request or its URL is wrong | HTTP 请求或地址有误
60003 | no | access  | edit  | any                       | codes        | the body is not valid JSON | 请求体 JSON 有误
60004 | no | caller  | wait  | any                       | codes        | the account could not be checked | 账号校验失败
60005 | no | caller  | wait  | any                       | codes        | the account could not be checked | 账号校验失败
60006 | no | access  | setup | any                       | rest         | the SDKAppID is no longer valid | SDKAppID 已失效
60007 | no | access  | wait  | any                       | codes        | too many REST calls | 接口超频
60008 | ?  | sending | ask   | any                       | codes        | the service timed out, or the HTTP form is wrong | 服务超时或 HTTP 格式错
60009 | no | access  | setup | any                       | codes        | there is no such path | 请求资源错误
60010 | no | caller  | sign  | any                       | codes        | the identifier is not an administrator of the app | 非管理员账号
60011 | no | access  | wait  | any                       | rest         | too many calls for this SDKAppID | 应用整体超频
60012 | no | access  | setup | any                       | codes        | the URL has no sdkappid | 地址缺 sdkappid
60013 | ?  | sending | ask   | any                       | codes        | an inner answer could not be read | 服务端应答解析失败
60014 | ?  | sending | ask   | any                       | codes        | looking up the account timed out | 账号置换超时
60015 | no | body    | edit  | any                       | codes        | an account is not a string | 账号不是字符串
60016 | no | access  | setup | any                       | codes        | the SDKAppID is disabled | 应用被停用
60017 | no | access  | setup | any                       | codes        | the request is disabled | 请求被禁用
60018 | no | access  | wait  | any                       | codes        | too many requests | 请求过密
60019 | no | access  | wait  | any                       | rest         | too many requests | 请求过密
60020 | no | access  | setup | any                       | codes        | the plan is missing, expired or unpaid | 套餐过期或欠费
60021 | no | access  | setup | any                       | codes        | this IP address may not call | 来源 IP 不被允许
60025 | no | caller  | sign  | any                       | codes        | sdkappid, identifier, usersig or contenttype is wrong | 地址参数有误
60026 | no | access  | setup | any                       | codes        | the domain belongs to another region than the app | 域名与应用站点不符
60027 | no | access  | setup | any                       | codes        | this kind of product may not use the endpoint | 产品类型不允许该接口
60028 | no | access  | day   | any                       | codes        | the trial plan's requests of 24 hours are used up | 体验版 24 小时次数用尽
70001 | no | caller  | sign  | any                       | codes        | the UserSig has expired | UserSig 已过期
70002 | no | caller  | sign  | any                       | codes        | the UserSig is empty | UserSig 为空
70003 | no | caller  | sign  | any                       | codes        | the UserSig is malformed | UserSig 格式非法
70005 | no | caller  | sign  | any                       | codes        | the UserSig is malformed | UserSig 格式非法
70009 | no | caller  | sign  | any                       | codes        | the signature is wrong, probably made with another app's key | 验签失败，疑似用错密钥
70013 | no | caller  | sign  | any                       | codes        | the identifier is not the one that was signed | UserID 与签名不符
70014 | no | caller  | sign  | any                       | codes        | the SDKAppID is not the one that was signed | SDKAppID 与签名不符
70016 | no | caller  | sign  | any                       | codes        | the app has no key at this site | 密钥不存在，核对站点
70020 | no | caller  | sign  | any                       | codes        | there is no such app at this site | 应用不存在，核对站点
70050 | no | caller  | sign  | any                       | codes        | wrong signatures came too often | 验签失败且过频
70051 | no | caller  | setup | any                       | codes        | the account is on the block list | 账号在黑名单
70107 | no | people  | edit  | any                       | codes        | the account does not exist | 账号不存在
70114 | no | caller  | setup | any                       | codes        | logging in is limited for safety | 登录受限
70169 | ?  | sending | ask   | any                       | codes        | the service timed out | 服务端超时
70202 | ?  | sending | ask   | any                       | codes        | the service timed out | 服务端超时
70206 | no | body    | edit  | any                       | codes        | the number of accounts is not allowed | 批量数量不合法
70398 | ?  | other   | setup | accounts                  | codes        | the app has as many accounts as it may | 账号数超限
70399 | ?  | other   | edit  | accounts                  | codes        | a deleted account cannot come back for three months | 删号三个月内不可重导
70402 | no | body    | edit  | any                       | codes        | a parameter is missing or wrong | 参数缺失或非法
70403 | no | caller  | sign  | any                       | codes        | only an administrator of the app may do this | 需要管理员权限
70404 | ?  | other   | setup | client                    | codes        | the client SDK is too old | SDK 版本过低
70500 | ?  | sending | ask   | any                       | codes        | internal error of the service | 服务端内部错误
71000 | ?  | other   | edit  | accounts                  | codes        | accounts of this app cannot be deleted | 不支持删号
72000 | no | app     | setup | any                       | codes        | the free daily active users are used up | 免费日活用尽
72001 | ?  | other   | setup | client                    | codes        | the status feature is off | 状态功能未开
72002 | no | app     | setup | any                       | codes        | the free monthly active users are used up | 免费月活用尽
72010 | ?  | other   | wait  | client                    | codes        | one user asks too often | 单用户请求过频
72011 | ?  | other   | setup | client                    | codes        | the global do-not-disturb feature is off | 全局免打扰未开
72012 | ?  | other   | setup | client                    | codes        | the profile change feature is off | 资料变更订阅未开
80001 | ?  | unsaid  | ask   | any                       | codes        | content safety blocked the text | 文本含违规内容
80002 | ?  | unsaid  | ask   | any                       | codes        | the message is over 12K (8K in older texts) | 消息体超长
80003 | ?  | sending | ask   | any                       | codes        | the app's webhook before sending failed or timed out | 发送前回调失败或超时
80004 | ?  | unsaid  | ask   | any                       | codes        | content safety blocked the image | 图片含违规内容
80005 | ?  | unsaid  | ask   | any                       | codes        | the service is stopped: plan expired or unpaid | 服务停用或欠费
90001 | no | body    | edit  | sends                     | batchsendmsg | the JSON cannot be parsed (timpush/batch: or MsgRandom is wrong) | JSON 解析失败（单推亦指 MsgRandom 非法）
90002 | no | body    | edit  | push im_push batchsendmsg | batchsendmsg | MsgBody has the wrong shape | MsgBody 格式错误
90003 | ?  | other   | edit  | sendmsg                   | codes        | To_Account is missing or unknown | To_Account 缺失或不存在
90004 | ?  | unsaid  | ask   | batchsendmsg              | batchsendmsg | MsgSeq is wrong | MsgSeq 非法
90005 | no | body    | edit  | push im_push webpush      | push         | MsgRandom is missing or no integer | MsgRandom 缺失或非整数
90006 | ?  | other   | edit  | sendmsg importmsg         | codes        | MsgTimeStamp is missing or no integer | MsgTimeStamp 错误
90007 | no | body    | edit  | push im_push batchsendmsg | batchsendmsg | MsgBody is not an array | MsgBody 不是数组
90008 | no | people  | setup | batchsendmsg              | codes        | From_Account is missing or unknown | From_Account 缺失或不存在
90009 | no | caller  | sign  | sends                     | batchsendmsg | the identifier is not an administrator of the app | 非管理员账号
90010 | no | body    | edit  | push im_push batchsendmsg | batchsendmsg | the request does not have the form of a message | 请求不合消息格式
90011 | no | body    | edit  | batchsendmsg              | batchsendmsg | more than 500 accounts in one call | 目标账号超过 500
90012 | no | people  | edit  | batchsendmsg sendmsg      | codes        | none of the accounts exists | 目标账号均不存在
90018 | ?  | other   | edit  | tags                      | codes        | too many accounts in one request | 请求账号数超限
90020 | no | body    | edit  | push im_push webpush      | push         | a tag is over 50 bytes | 标签超过 50 字节
90022 | no | body    | edit  | push im_push webpush      | push         | a tag is in both TagsOr and TagsAnd | 两组标签重复
90024 | no | count   | wait  | push im_push webpush      | push         | less than a second since the last push | 推送间隔未满 1 秒
90026 | no | body    | edit  | im_push push batchsendmsg | batchsendmsg | the storage time is over 7 days | 离线保存时长超限
90028 | ?  | unsaid  | ask   | batchsendmsg              | codes        | To_Account is not an array | To_Account 不是数组
90029 | ?  | unsaid  | ask   | batchsendmsg              | codes        | To_Account is empty | To_Account 为空
90030 | ?  | other   | edit  | importmsg                 | codes        | SyncFromOldSystem is wrong | SyncFromOldSystem 错误
90031 | ?  | unsaid  | ask   | batchsendmsg sendmsg      | codes        | SyncOtherMachine is not an integer | SyncOtherMachine 非整数
90032 | no | body    | edit  | push im_push webpush tags | push         | more than 10 tags | 标签超过 10 个
90033 | no | app     | setup | push im_push tags         | push         | an attribute is wrong or not defined in the app | 属性无效
90034 | ?  | other   | edit  | tags                      | codes        | a tag is over 50 bytes | 标签过长
90035 | ?  | other   | edit  | tags                      | tags         | the attribute belongs to the other kind of account | 属性与账号类型不符
90039 | no | body    | edit  | push im_push              | push         | tags and attributes are used together | 标签与属性不可并用
90040 | no | body    | edit  | push im_push webpush      | push         | a tag is empty | 有空标签
90043 | ?  | unsaid  | ask   | batchsendmsg sendmsg      | codes        | OfflinePushInfo has the wrong shape | OfflinePushInfo 格式错误
90044 | ?  | unsaid  | ask   | sendmsg im_push           | codes        | MsgLifeTime is not an integer | MsgLifeTime 非整数
90045 | no | app     | setup | pushes                    | push         | the push feature is not enabled for the app | 推送功能未开通
90047 | no | count   | day   | push im_push webpush      | push         | the day's pushes are used up | 当日推送次数用尽
90048 | no | people  | edit  | batchsendmsg sendmsg      | codes        | the account does not exist | 账号不存在
90049 | ?  | other   | edit  | revoke                    | push         | there is no such TaskId | TaskId 无效
90050 | ?  | other   | none  | revoke                    | push         | the task was recalled before | 任务已撤回过
90051 | ?  | other   | wait  | revoke                    | push         | less than a second since the last recall | 撤回过频
90052 | ?  | other   | none  | revoke                    | push         | the task began more than 24 hours ago | 超过 24 小时不可撤回
90053 | ?  | other   | edit  | revoke                    | push         | recalling an unstored push needs OfflinePushInfo | 未存漫游的推送撤回须带 OfflinePushInfo
90054 | ?  | other   | edit  | withdraw                  | codes        | the MsgKey is not valid | MsgKey 非法
90055 | ?  | unsaid  | ask   | batchsendmsg              | codes        | the message is over 12K (8K in older texts) | 批量消息体超长
90056 | no | body    | edit  | push                      | push         | the body is over 10K | 推送请求体超过 10K
90057 | no | body    | edit  | batch webbatch            | batch        | the DataId is over 64 bytes | DataId 超过 64 字节
90057 | no | count   | wait  | batchsendmsg              | codes        | too many batch calls | 批量单聊超频
90104 | ?  | other   | edit  | scheduled                 | scheduled    | a parameter of the scheduled task is wrong | 定时任务参数错误
90107 | ?  | other   | none  | scheduled                 | scheduled    | the scheduled task can no longer be changed | 定时任务状态不可修改
90992 | ?  | sending | ask   | batchsendmsg sendmsg      | codes        | internal error, or the app's webhook failed | 内部错误或回调异常
90994 | ?  | sending | ask   | sendmsg batchsendmsg      | codes        | internal error of the service | 服务内部错误
90995 | ?  | sending | ask   | sendmsg batchsendmsg      | codes        | internal error, often because the message is too long | 内部错误，多为消息过长
91000 | ?  | sending | ask   | sends                     | batchsendmsg | internal error of the service | 服务内部错误
91101 | ?  | other   | none  | client                    | codes        | another web session took over | Web 长轮询被踢
93000 | no | body    | edit  | batchsendmsg sendmsg      | codes        | the body is over 12K (8K in older texts) | 请求体超过 12K
93000 | ?  | other   | edit  | review                    | codes        | the content to review is over 8 KB | 送审内容超过 8KB
93001 | ?  | other   | ask   | review                    | codes        | internal error of the review | 审核内部错误
93005 | ?  | other   | edit  | review                    | codes        | only text and images can be reviewed in a batch | 批量审核仅限图文
93006 | ?  | other   | ask   | review                    | codes        | the batch review timed out | 批量审核超时
93007 | ?  | other   | edit  | review                    | codes        | a ContentId is used twice | ContentId 重复
93008 | ?  | other   | edit  | review                    | codes        | more than 10 items to review | 批量审核超过 10 条
"""  # noqa: E501 - a table: one row a code, however long
